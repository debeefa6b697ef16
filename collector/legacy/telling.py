"""From what is judged to the form in which it is kept and shown. Pure."""

from collections.abc import Iterable
from datetime import datetime

from collector.legacy.acceptance import Acceptance
from collector.legacy.assessing import Assessment
from collector.legacy.documents import (
    AcceptanceTold,
    AssessmentTold,
    CapacityTold,
    CauseTold,
    DeviceTold,
    FactorTold,
    FitTold,
    GateTold,
    PartTold,
    PhyTold,
    PlaceChangeTold,
    ScoreTold,
    Sentence,
    VerificationTold,
)
from collector.legacy.four_times import Fit
from collector.legacy.gates import Gate
from collector.legacy.reasons import Reason, reason
from collector.legacy.score import Score
from collector.legacy.verification import PhyChange, Verification

FITS_TOLD = 5


def tell_assessment(assessment: Assessment) -> AssessmentTold:
    """All that is judged of one access point."""
    subject, capacity, generation = assessment.subject, assessment.capacity, assessment.generation
    return AssessmentTold(
        access_point=subject.access_point,
        site=subject.site.id,
        standing=assessment.standing,
        device=DeviceTold(
            vendor=subject.vendor,
            model=subject.model,
            serial=subject.serial,
            catalogue_model=None if assessment.model is None else f"{assessment.model.vendor} {assessment.model.model}",
            generation=generation.exactly,
            generation_at_least=generation.at_least,
            generation_proven_by=generation.proven_by,
            installed_on=subject.installed_on,
            first_seen=subject.first_seen,
        ),
        gates=tuple(_gate(gate) for gate in assessment.gates),
        causes=tuple(
            CauseTold(cause=cause, reasons=_sentences(assessment.finding.judgements[cause].reasons))
            for cause in assessment.finding.causes
        ),
        is_device_cleared=assessment.finding.is_device_cleared,
        missing=_sentences(assessment.finding.missing_reasons),
        score=_score(assessment.score),
        capacity=None
        if capacity is None
        else CapacityTold(
            bits_per_second=capacity.bits_per_second,
            radios_bits_per_second=capacity.radios_bits_per_second,
            uplink_bits_per_second=capacity.uplink_bits_per_second,
            limited_by=capacity.limited_by,
            is_confirmed=capacity.is_confirmed,
            is_uplink_mended=assessment.is_uplink_mended,
        ),
        fits=tuple(_fit(fit) for fit in assessment.fits[:FITS_TOLD]),
        fits_in_all=len(assessment.fits),
    )


def tell_verification(verification: Verification, verified_at: datetime) -> VerificationTold:
    """The programme's result."""
    works = verification.works
    return VerificationTold(
        verified_at=verified_at,
        works_start=works.start,
        works_end=works.end,
        days=works.days,
        peak_hours=tuple(sorted(verification.peak)),
        disturbed=len(verification.sides.disturbed),
        passive=_acceptance(verification.passive),
        active=_acceptance(verification.active),
        phy=_phy(verification.phy),
        places=tuple(
            PlaceChangeTold(
                access_point=place.access_point,
                before_bits_per_second=place.before,
                after_bits_per_second=place.after,
                ratio=place.ratio,
            )
            for place in verification.places
        ),
    )


def _sentence(told: Reason) -> Sentence:
    return Sentence(code=told.code, ko=told.told("ko"), en=told.told("en"))


def _sentences(reasons: Iterable[Reason]) -> tuple[Sentence, ...]:
    return tuple(_sentence(each) for each in reasons)


def _gate(gate: Gate) -> GateTold:
    why = reason(f"gate.{gate.why}", **({} if gate.since is None else {"since": gate.since}))
    return GateTold(name=gate.name, state=gate.state, since=gate.since, reason=_sentence(why))


def _score(score: Score) -> ScoreTold:
    need, benefit, weight = score.need, score.benefit, score.weight
    return ScoreTold(
        number=score.number,
        formula=score.formula,
        need=FactorTold(
            value=need.value,
            formula=need.formula,
            parts=tuple(
                PartTold(
                    name=part.name,
                    value=part.value,
                    weight=need.settings.need_weights[part.name],
                    reason=_sentence(part.reason),
                )
                for part in need.parts
            ),
            reasons=_sentences(need.reasons[: len(need.reasons) - len(need.parts)]),
        ),
        benefit=FactorTold(value=benefit.value, reasons=_sentences(benefit.reasons)),
        weight=FactorTold(value=weight.value, formula=weight.formula, reasons=_sentences(weight.reasons)),
    )


def _fit(fit: Fit) -> FitTold:
    return FitTold(
        vendor=fit.model.vendor,
        model=fit.model.model,
        ratio_now=fit.ratio_now,
        ratio_changed=fit.ratio_changed,
        changes=tuple(fit.changes),
        unknowns=tuple(fit.unknowns),
        is_confirmed=fit.is_confirmed,
    )


def _acceptance(found: Acceptance) -> AcceptanceTold:
    return AcceptanceTold(
        verdict=found.verdict,
        ratio=found.ratio,
        low=found.low,
        high=found.high,
        replaced=found.replaced,
        controls=found.controls,
        replaced_left_out=found.left_out.replaced,
        controls_left_out=found.left_out.controls,
        reason=None if found.reason is None else _sentence(found.reason),
    )


def _phy(found: PhyChange) -> PhyTold:
    return PhyTold(known=found.known, reached=found.reached, unconfirmed=found.unconfirmed, ratio=found.ratio)
