"""The words of reports, explained."""

import pandas as pd

from sklearn_ser.evaluation._scores import BY_CLASS

# The title of the part of a report that explains them.
TITLE = "What the words mean"
# Names of columns, of rows, or of what such a name begins with.
TERMS = {
    "utterances": "recordings, or parts of them, that were rated as one",
    "alpha": "Krippendorff's alpha, how well raters agree: 1 is perfectly, 0 as by chance",
    "ties": "recordings without a consensus, since several labels have equally many votes",
    "unrated": "recordings without any answer",
    "duplicate recordings": "files with the same contents as another file",
    "consensus": "the label that most raters gave to a recording; here, how many have it",
    "class": "whether the label is one to predict; answers of others count as disagreement",
    "weight": "how well a rater agrees with all others: 1 is perfectly, 0 as by chance or worse",
    "WA": "weighted accuracy, or accuracy: the share of recordings whose consensus is predicted",
    "UA": "unweighted accuracy: the mean over labels of the share of their recordings that are "
    "right, so that rare labels count as much; guessing has 1 / number of labels",
    "UA_low": "the lower end of the 95 % confidence interval of the UA; UA_high is the upper end",
    "UA_std": "the standard deviation of the UA over seeds, of which there must be several",
    "UA_gain": "how much higher the UA is than that of the baseline, with its interval; a gain is "
    "clear only if UA_gain_low is above 0",
    "cross_entropy": "how badly the probabilities fit the shares of raters' answers, in nat: less "
    "is better; they fit worse than guessing if it is above that of the majority class",
    "js_divergence": "how far the probabilities are from the shares of raters' answers, in bit: "
    "from 0, the same, to 1",
    "all_inclusive_f1": "how well the labels that are probable match those that any rater gave: "
    "1 is best",
    "calibration_error": "how far the probabilities are, on average, from how often raters say "
    "such a label: 0 is best",
    "annotator_accuracy": "the share of raters' single answers that are predicted",
    "annotator_log_likelihood": "the mean logarithm of the probability of raters' single answers, "
    "in nat: closer to 0 is better",
    "precision": "of the recordings that are predicted to have the label, the share that has it",
    "recall": "of the recordings that have the label, the share that is predicted to have it",
    "f1": "the harmonic mean of precision and recall",
}


def explain_terms(tables):
    """Return the words of some tables with what they mean, in the order of `TERMS`.

    Parameters
    ----------
    tables : iterable of DataFrame

    Returns
    -------
    DataFrame
        With a column ``meaning``; empty if no word needs an explanation.
    """
    names = {name for table in tables for name in (*table.columns, *table.index)}
    kinds = {f"{kind}_" for kind in BY_CLASS}
    found = {
        term: meaning
        for term, meaning in TERMS.items()
        if term in names or (f"{term}_" in kinds and any(_begins(name, term) for name in names))
    }
    return pd.DataFrame({"meaning": pd.Series(found, dtype=object)})


def _begins(name, term):
    return isinstance(name, str) and name.startswith(f"{term}_")
