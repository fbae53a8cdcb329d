"""Bring the labels of several corpora together, and tell what became of each."""

import copy
import difflib
from collections.abc import Mapping
from itertools import combinations

import pandas as pd

from sklearn_ser.metrics._labels import get_known_labels
from sklearn_ser.utils._kinds import check_same_kind, find_respelled, show_labels
from sklearn_ser.utils._messages import join_names, naming


def map_labels(ratings, labels):
    """Rename the labels of corpora, and drop classes.

    Parameters
    ----------
    ratings : dict of str to Ratings
        By corpus.
    labels : dict, or None
        See `cross_corpus_evaluate`.

    Returns
    -------
    ratings : dict of str to Ratings
        Their target classes lack the labels that were dropped.
    table : DataFrame
        See `CrossCorpusEvaluation`.

    Raises
    ------
    TypeError
        If `labels` is no dict, or only some of its values are dicts.
    ValueError
        If it names corpora or labels that are not there, a new name is missing or of another kind,
        or the same name is dropped and given; if classes of two corpora differ in kind, or in
        nothing but spelling.
    """
    rules = _assign_rules(ratings, labels)
    mapped = {}
    for name, own in ratings.items():
        with naming(f"in corpus {name!r}"):
            mapped[name] = _map_own(own, rules[name])
    _check_comparable(mapped)
    return mapped, _tabulate(ratings, mapped, rules)


def find_present(ratings):
    """Return the set of the target classes that are the consensus of some sample."""
    return set(ratings.classes.tolist()) & set(ratings.consensus())


def set_target_classes(ratings, classes):
    """Return the same ratings with other target classes."""
    ratings = copy.copy(ratings)
    ratings.target_classes = tuple(classes)
    return ratings


def _assign_rules(ratings, labels):
    """Return the new names of the labels of every corpus, checked."""
    labels = {} if labels is None else labels
    if not isinstance(labels, Mapping):
        raise TypeError(f"labels must be a dict of labels, got {type(labels).__name__}.")
    nested = [isinstance(value, Mapping) for value in labels.values()]
    if any(nested) and not all(nested):
        raise TypeError(
            "labels must be one dict for all corpora, or a dict of corpora and their dicts; got a "
            "mixture of both."
        )
    known = {name: set(get_known_labels(own)) for name, own in ratings.items()}
    if any(nested):
        unknown = [repr(name) for name in labels if name not in ratings]
        if unknown:
            raise ValueError(
                f"labels must be for the corpora {join_names(map(repr, ratings))}; got "
                f"{join_names(unknown)}."
            )
        rules = {name: dict(labels.get(name, {})) for name in ratings}
        strange = [
            f"{_suggest(label, known[name])} of {name!r}"
            for name, own in rules.items()
            for label in own
            if label not in known[name]
        ]
    else:
        rules = {
            name: {label: new for label, new in labels.items() if label in known[name]}
            for name in ratings
        }
        everything = set().union(*known.values())
        strange = [_suggest(label, everything) for label in labels if label not in everything]
    if strange:
        raise ValueError(
            f"labels must map labels that the corpora have; there is no {join_names(strange)}. "
            "The labels are "
            + "; ".join(f"{show_labels(sorted(own), 10)} ({n})" for n, own in known.items())
            + "."
        )
    return rules


def _suggest(label, known):
    """Return a label, with one that it may have been meant for."""
    respelled = find_respelled(known, [label])
    texts = [other for other in known if isinstance(other, str)]
    close = difflib.get_close_matches(label, texts, 1) if isinstance(label, str) else []
    meant = [*respelled.values(), *close][:1]
    return f"{label!r}" + "".join(f" (did you mean {other!r}?)" for other in meant)


def _map_own(ratings, rules):
    dropped = {label for label, new in rules.items() if new is None}
    renamed = {label: new for label, new in rules.items() if new is not None}
    both = dropped & set(renamed.values())
    if both:
        raise ValueError(
            f"labels must not drop the class that other labels become: {show_labels(both)}."
        )
    if renamed:
        ratings = ratings.rename(renamed)
    if not dropped:
        return ratings
    return set_target_classes(ratings, [c for c in ratings.classes.tolist() if c not in dropped])


def _check_comparable(ratings):
    alike = []
    for (name, own), (other, others) in combinations(ratings.items(), 2):
        classes, theirs = own.classes.tolist(), others.classes.tolist()
        check_same_kind(classes, theirs, f"the classes of {name!r}", f"the classes of {other!r}")
        respelled = find_respelled(classes, theirs)
        alike += [
            f"{label!r} ({name}) and {new!r} ({other})"
            for new, label in respelled.items()
            if label not in theirs
        ]
    if alike:
        raise ValueError(
            "classes of two corpora must not differ in nothing but spelling; got "
            f"{join_names(alike)}. Map one to the other, or drop one by mapping it to None: "
            "labels={...}."
        )


def _tabulate(ratings, mapped, rules):
    present = {name: find_present(own) for name, own in mapped.items()}
    rows = []
    for name, own in ratings.items():
        consensus, votes = own.consensus(), own.counts(get_known_labels(own)).sum(axis=0)
        for label, n_votes in zip(get_known_labels(own), votes.tolist(), strict=True):
            new = rules[name].get(label, label)
            if new is None:
                status = "dropped"
            elif new not in mapped[name].classes.tolist():
                status = "no target class"
            else:
                status = "kept" if new == label else "mapped"
            is_class = status in ("kept", "mapped")
            others = [o for o, theirs in present.items() if o != name and new in theirs]
            row = {"corpus": name, "label": label, "becomes": new if is_class else None}
            row |= {"status": status, "n": sum(said == label for said in consensus)}
            row |= {"n_votes": n_votes, "also_in": ", ".join(others) if is_class else ""}
            rows.append(row)
    return pd.DataFrame(rows).set_index(["corpus", "label"])
