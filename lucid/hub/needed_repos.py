"""Ask the Hub for the commit and size of each repo that an engine needs, if they are unknown."""

from lucid.errors import HubError, MachineError, WeightsError
from lucid.hub.cache import is_offline
from lucid.hub.client import MAX_REQUESTS, repo_listing
from lucid.hub.download import choose
from lucid.hub.facts import NOT_PINNED, Cost, NeededRepo, RepoFacts
from lucid.hub.weights.copies import total_bytes


def complete_needs(facts: RepoFacts) -> RepoFacts:
    """Return the facts with the commit and the size of each needed repo, if the Hub knows them.

    This sends one request for each repo with an unknown commit or size, as long as the inspection
    has requests left.
    """
    if is_offline() or facts.refusal is not None:
        return facts
    cost = facts.cost or Cost(requests=0, received_bytes=0)
    needs = []
    for need in facts.needed_repos:
        completed, spent = (need, None) if cost.requests > MAX_REQUESTS else _complete(need)
        needs.append(completed)
        if spent is not None:
            cost = Cost(
                requests=cost.requests + spent.requests,
                received_bytes=cost.received_bytes + spent.received_bytes,
            )
    update: dict[str, object] = {"needed_repos": tuple(needs)}
    if facts.cost is not None:
        update["cost"] = cost
    return facts.model_copy(update=update)


def _complete(need: NeededRepo) -> tuple[NeededRepo, Cost | None]:
    is_pinned = need.commit != NOT_PINNED
    if not need.is_downloaded or (is_pinned and need.size_bytes is not None):
        return need, None
    try:
        listing = repo_listing(need.repo, need.commit if is_pinned else None)
    except (HubError, MachineError):  # both stay unknown, and the port says how to pin the repo
        return need, Cost(requests=1, received_bytes=0)
    try:
        size_bytes = total_bytes(choose(need.repo, listing.files, need.files, need.pickles))
    except WeightsError:  # the repo has other files now, which the download reports
        size_bytes = None
    update = {"commit": listing.commit, "size_bytes": need.size_bytes or size_bytes}
    return need.model_copy(update=update), listing.cost
