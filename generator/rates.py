"""How often each thing happens to made-up children and to the records kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def _by_system(**shares: float) -> Mapping[str, float]:
    by_slug = MappingProxyType({name.replace("_", "-"): share for name, share in shares.items()})
    return field(default_factory=lambda: by_slug)


@dataclass(frozen=True)
class Rates:
    """Probabilities, each under the condition stated beside it; the defaults are plausible, not measured."""

    # Families: per household.
    siblings: tuple[float, ...] = (0.40, 0.37, 0.16, 0.07)  # one birth, two births, ...
    twins: float = 0.03  # per birth
    single_carer: float = 0.22
    carers_of_two_origins: float = 0.12
    carer_keeps_surname: float = 0.30
    single_mother: float = 0.84  # per single carer
    single_father: float = 0.60  # per single carer who is no mother; the others are grandparents
    carer_mobile: float = 0.90
    carer_landline: float = 0.30
    carer_email: float = 0.40
    rare_name: float = 0.0  # per surname and street: one of very many, where the lists are too short
    own_phones: float = 0.0  # per carer: numbers that no other household has, but that nobody could dial
    flat: float = 0.125
    estate: float = 0.08
    double_barrelled: float = 0.04
    half_sibling: float = 0.05  # per later birth: the other carer's surname

    # Children: per child.
    middle_name: float = 0.45
    single_name: float = 0.10  # where the origin has single names
    nickname_in_use: float = 0.15  # where the given name has a nickname
    gender_unspecified: float = 0.004
    gender_unknown: float = 0.006
    no_nhs_number: float = 0.01
    looked_after: float = 0.01
    adopted: float = 0.008

    # Lives: per household over the years that the records look back, and in the year they are published.
    moved_before: float = 0.25
    moves: float = 0.12
    moves_away: float = 0.20  # per move: to another authority
    new_step_parent: float = 0.05
    takes_new_surname: float = 0.40  # per child of a new step-parent

    # Who knows a child: per child of the age for it.
    gp: float = 0.97
    nursery: float = 0.60
    school: float = 0.96
    sixth_form: float = 0.75
    health_visiting: float = 0.96
    health_visiting_kept: float = 0.50  # after the fifth birthday, closed but kept
    social_care: float = 0.24
    youth_justice: float = 0.05
    voluntary: float = 0.40
    former_authority_keeps: float = 0.70  # per universal service after a move away
    entered_twice: float = 0.012  # per record: the same source opens a second one

    # Involvements: per involvement, or per record.
    practitioner_unnamed: float = 0.20
    practitioner_changes: float = 0.12
    school_leads: float = 0.03
    social_worker_leads: float = 0.50
    social_care_assesses: float = 0.60
    youth_justice_assesses: float = 0.40
    sensitive_voluntary: float = 0.12  # from the age of eleven
    sensitive_social_care: float = 0.02  # from the age of eleven
    sensitive_by_consent: float = 0.80  # where voluntary; otherwise for reasonable cause
    involvement_ends: float = 0.15  # in the published year, for services that do end

    # What a source learns and keeps: per record.
    hears_of_change: float = 0.72  # per event in the child's life after the record was opened
    knew_of_change: float = 0.95  # per event before it was opened
    keeps_history: float = 0.45  # former addresses and names
    holds_middle_name: float = 0.70
    holds_address: float = 0.95
    holds_known_as: float = 0.60  # where a nickname is in use
    holds_nhs_number: Mapping[str, float] = _by_system(
        schools=0.08, gp=1.0, health_visiting=1.0, social_care=0.65, youth_justice=0.20, voluntary=0.08
    )
    # From the age of five.
    holds_upn: Mapping[str, float] = _by_system(schools=1.0, social_care=0.60, youth_justice=0.30)
    holds_carer: Mapping[str, float] = _by_system(
        schools=0.95, gp=0.40, health_visiting=0.85, social_care=0.95, youth_justice=0.80, voluntary=0.50
    )  # per carer

    # Mistakes: per record.
    transposed_letters: float = 0.015
    omitted_letter: float = 0.015
    doubled_letter: float = 0.010
    transposed_date: float = 0.010  # where day and month can be swapped
    wrong_digit_in_date: float = 0.006
    missing_identifier: float = 0.050
    nickname_as_name: float = 0.060  # where there is one
    swapped_names: float = 0.006
    without_diacritics: float = 0.500  # where there are any
    without_punctuation: float = 0.250  # where there is any
    single_name_doubled: float = 0.200  # per single name: as given and family name
    capitals: float = 0.030
    corrected: float = 0.40  # per record with mistakes: a later version puts them right

    # The stream: per version.
    sent_again: float = 0.12  # per record: a version in which nothing has changed
    withdrawn: float = 0.02  # per record
    withdrawn_once_ended: float = 0.25  # per record whose involvements have all ended
    late: float = 0.02
    overtaken: float = 0.5  # per late version: by the record's next version
    repeated: float = 0.02
    repeated_at_once: float = 0.7  # per repeated version: within a minute
    counted_before: float = 0.40  # per record: its first published version is not its first
    counts_unpublished: float = 0.10
