"""The roster's tables: courts, units, companies, groups, files, listings, recognitions, complaints, campaigns,
accounts, and their journal.

Lives here: columns, constraints and indexes, each with its reason.
Does not live here: questions (``queries``), rules (``lifecycle``), sign-in (``signin``), what a post allows (a
platform's ``access``).
Called by: everything in ``roster``, and every floor above through ``roster.queries`` and ``roster.moves``.

Across platforms an organisation, a mediator and an account are known by ``ref``; courts and units by their code.
Links between rows of one platform are refs and codes too, never foreign keys, because either side may arrive first.
"""

from roster.models.accounts import Account, Accounts, Client, ClientSecret, ClientToken, OneTimeCode, Post
from roster.models.books import (
    Campaign,
    CampaignPlan,
    Complaint,
    ComplaintText,
    Listing,
    Mediator,
    Organisation,
    PublicEntry,
    Recognition,
)
from roster.models.choices import choices
from roster.models.journal import CertificateSeries, RosterDelivery, RosterEvent
from roster.models.places import Affiliation, Company, Court, Unit

__all__ = [
    "Account",
    "Accounts",
    "Affiliation",
    "Campaign",
    "CampaignPlan",
    "CertificateSeries",
    "Client",
    "ClientSecret",
    "ClientToken",
    "Company",
    "Complaint",
    "ComplaintText",
    "Court",
    "Listing",
    "Mediator",
    "OneTimeCode",
    "Organisation",
    "Post",
    "PublicEntry",
    "Recognition",
    "RosterDelivery",
    "RosterEvent",
    "Unit",
    "choices",
]
