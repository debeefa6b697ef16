"""The API under `/api/v1`: what the pages do, for programs. Described by its own OpenAPI document."""
