"""What the programme hands out as files: which columns they have, and how they are written as CSV and XLSX."""
