"""Classes of a corpus that are too rare to be learned: often one that is misspelt."""

import difflib
from collections import Counter

from sklearn_ser.datasets._table_labels import find_typos
from sklearn_ser.datasets._table_text import is_empty, show
from sklearn_ser.utils._messages import join_names, say_count
from sklearn_ser.utils._text import fold

# A class is rare if it is the consensus of fewer recordings than this, ...
FEWEST = 3
# ... and another one of so many. Corpora that are smaller have no classes that are not rare.
FREQUENT = 10
# How much the name of a class has in common with one that it may be a spelling of.
ALIKE = 0.7


def describe_rare(labels, classes, target, speakers, remarks):
    """Append remarks on classes that hardly any recording has, or only those of one speaker.

    Parameters
    ----------
    labels : sequence of str
        All answers.
    classes : list of str
    target : sequence of str or None
        The consensus on each recording.
    speakers : sequence of str or None, or None
        None if there is no column of speakers.
    remarks : Remarks
    """
    votes = Counter(label for label in target if label is not None)
    if max(votes.values(), default=0) < FREQUENT:
        return
    answers = Counter(labels)
    # These have a remark of their own.
    typos = find_typos(answers)
    rare = [label for label in classes if votes[label] < FEWEST and label not in typos]
    if rare:
        frequent = [label for label in classes if votes[label] >= FREQUENT]
        near = {label: _find_alike(label, frequent) for label in rare[:5]}
        merged = ", ".join(f"{show([a])}: {show([b])}" for a, b in near.items() if b is not None)
        dropped = ", ".join(f"{show([a])}: None" for a, b in near.items() if b is None)
        ways = [
            *([f"labels={{{merged}}} if they are the same"] if merged else []),
            *([f"labels={{{dropped}}} to drop their answers"] if dropped else []),
        ]
        shown = [
            f"{show([label])} ({say_count(votes[label], 'recording')}, "
            f"{say_count(answers[label], 'answer')})"
            for label in rare
        ]
        are = "a class is" if len(rare) == 1 else "classes are"
        remarks.append(
            f"{are} the consensus on fewer than {FEWEST} recordings, {join_names(shown, most=5)}: "
            f"pass {' and '.join(ways)}, or pass target_classes, those to learn"
        )
    if speakers is not None:
        _describe_single(classes, target, speakers, remarks)


def _find_alike(label, frequent):
    folded = {fold(other): other for other in frequent}
    near = difflib.get_close_matches(fold(label), folded, 1, ALIKE)
    return folded[near[0]] if near else None


def _describe_single(classes, target, speakers, remarks):
    """Append a remark on classes that only one speaker has."""
    people = {}
    for label, speaker in zip(target, speakers, strict=True):
        if not is_empty(speaker):
            people.setdefault(label, []).append(speaker)
    everyone = {speaker for own in people.values() for speaker in own}
    single = [
        label
        for label in classes
        if len(people.get(label, ())) >= FEWEST and len(set(people[label])) == 1 < len(everyone)
    ]
    if single:
        shown = [f"{show([label])} (of {show(people[label][:1])})" for label in single]
        remarks.append(
            "all recordings of a class are of the same speaker, so that no evaluation by speaker "
            f"can both learn and test it: {join_names(shown, most=5)}"
        )
