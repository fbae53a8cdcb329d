"""Tables that are filled fit by fit, so that a run that was killed can be resumed."""

import csv
import platform

import joblib
import pandas as pd
import torch
from sklearn.metrics import accuracy_score, recall_score
from tqdm import tqdm


def fill(path, fields, tasks, function, n_jobs):
    """Append the results of `function` for tasks that a CSV file does not hold yet.

    Parameters
    ----------
    path : Path
    fields : list of str
        The columns: first those that identify tasks, then the rest.
    tasks : list of tuple
        The values of the first columns; arguments of `function`.
    function : callable
        Returns a list of rows, each with the values of the remaining columns. It runs in
        processes with one thread each.
    n_jobs : int
    """
    keys = fields[: len(tasks[0])]
    is_new = not path.exists()
    if not is_new:
        known = pd.read_csv(path, usecols=keys, dtype=str, comment="#")
        known = known.itertuples(index=False, name=None)
        done = set(known)
        tasks = [task for task in tasks if tuple(map(str, task)) not in done]
    found = joblib.Parallel(n_jobs=n_jobs, return_as="generator")(
        joblib.delayed(_with_one_thread)(function, task) for task in tasks
    )
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(fields)
        pairs = zip(tasks, tqdm(found, total=len(tasks), unit="fit"), strict=True)
        for task, rows in pairs:
            writer.writerows([*task, *row] for row in rows)
            file.flush()


def _with_one_thread(function, task):
    torch.set_num_threads(1)
    return function(*task)


def write_head(path, about):
    """Write lines about how a CSV file was produced at its head, in place of those it has."""
    kept = [line for line in path.read_text().splitlines(True) if not line.startswith("# ")]
    path.write_text("".join([*(f"# {line}\n" for line in about), *kept]))


def read_head(path):
    """Return the lines about how a CSV file was produced."""
    lines = path.read_text().splitlines()
    return [line[2:] for line in lines if line.startswith("# ")]


def versions(*modules):
    """Return the system and the versions of Python and modules."""
    known = ", ".join(f"{module.__name__} {module.__version__}" for module in modules)
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {known}"


def scores(results, by):
    """Return UA and WA of pooled predictions, one row for each value of the columns `by`."""
    rows = {}
    for key, part in results.groupby(by, sort=False):
        ua = recall_score(part["label"], part["prediction"], average="macro")
        rows[key] = {"UA": ua, "WA": accuracy_score(part["label"], part["prediction"])}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(index=by)


def summary(path):
    """Return mean and spread over seeds of the UA and WA of every model in a CSV file."""
    table = scores(pd.read_csv(path), ["model", "seed"])
    return table.groupby("model", sort=False).agg(["mean", "std"]).round(3)
