"""What a port is made from: a repo's facts, with what a person chose."""

from __future__ import annotations

from lucid.errors import ChoiceError, HubUnreachableError, ScaffoldError
from lucid.hub.client import current_commit
from lucid.hub.facts import RepoFacts
from lucid.hub.families import load_families
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.snapshot import RepoSnapshot
from lucid.lock import Choices, Lock
from lucid.scaffold.plan import BLANK, templates_digest
from lucid.scaffold.values import usable


def port_facts(snapshot: RepoSnapshot, choices: Choices) -> tuple[RepoFacts, Choices]:
    """The facts that a port of the repo can use, and the choices with those that were left open.

    Of several variants the first is taken where none was chosen: they are all real.

    Raises:
        HubUnreachableError: the snapshot is partial, so that the port would depend on the cache.
        ScaffoldError: the repo is no world model.
        ChoiceError: what was chosen is not there, or an answer is none that a port can use.
    """
    if snapshot.partial:
        raise HubUnreachableError(
            f"HF_HUB_OFFLINE is set, and the cache may hold only a part of {snapshot.repo}",
            hint="unset HF_HUB_OFFLINE, or name a local folder that holds the whole repo",
        )
    facts = usable(inspect_snapshot(snapshot, load_families(), choices))
    if facts.refusal is not None:
        raise ScaffoldError(
            f"{facts.repo} is no world model but {facts.refusal.value} ({facts.refusal.evidence})",
            hint=f"lucid inspect {facts.repo} says more; --family NAME overrides it, and lucid new "
            "NAME writes a blank port",
        )
    for asked in facts.open_questions:
        if refused := choices.answers.keys() & set(asked.facts):
            raise ChoiceError(
                f"--set {refused.pop()}: {asked.why.partition(' is ')[2]}", hint=asked.question
            )
    if len(facts.variants) > 1:
        choices = choices.model_copy(update={"variant": facts.variants[0].name})
        return port_facts(snapshot, choices)
    return facts, choices


def what_is_newer(lock: Lock) -> list[str]:
    """Why a port could be updated: its repo has moved on, or the templates have; in words.

    Raises:
        HubError: the repo cannot be asked.
    """
    newer = []
    source = lock.source
    if source and source.commit:
        commit = current_commit(source.repo, source.revision)
        if commit != source.commit:
            newer.append(f"{source.repo} is at {commit}; the port is of {source.commit}")
    if templates_digest(lock.family if source else BLANK) != lock.templates_sha256:
        newer.append(f"Lucid's templates of {lock.family} have changed")
    return newer
