"""The types that a file may hold, each with the reason why it is safe to use."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sklearn_ser.io import _calls, _checks
from sklearn_ser.io._schema import is_number_of_numpy, is_number_type

PRODUCTS = "predicts by products of numpy arrays, which raise an error if shapes do not fit"
COLUMNS = "computes with columns of numpy arrays, which raise an error if shapes do not fit"
TREE = "compiled code that trusts its nodes: they are checked"
MACHINE = "compiled code that trusts the sizes of its arrays: they are checked"
HOLDS = "calls the estimators that it holds, which must be in this table themselves"
FIT = "used by fit only, and holds no functions"
OWN = "of this package, and checks its own parts"


class Reason(NamedTuple):
    """Why objects of a type may be used, and what has to be checked before."""

    why: str
    check: Callable[[Any], None] | None = None


def _list_types(module, names, reason):
    return {f"{module}.{name}": reason for name in names.split()}


#: Types of scikit-learn. The reason of a type says what its predictions do with arrays of wrong
#: shape or content: compiled code that trusts them needs a check. A type that calls a method or a
#: function which the file names needs a check as well. Missing, for example, are neighbours (trees
#: of points, and distances in compiled code), boosted trees (shapes of several objects have to
#: fit), k-means (compiled code that trusts its centres), encoders that make columns of categories
#: (sparse matrices whose columns are numbers of the file) and vectorizers of text (which may open
#: files, and run regular expressions).
OF_SCIKIT_LEARN: dict[str, Reason] = {
    **_list_types(
        "sklearn.linear_model._logistic",
        "LogisticRegression LogisticRegressionCV",
        Reason(PRODUCTS),
    ),
    **_list_types(
        "sklearn.linear_model._ridge",
        "Ridge RidgeCV RidgeClassifier RidgeClassifierCV",
        Reason(PRODUCTS),
    ),
    **_list_types(
        "sklearn.linear_model._stochastic_gradient",
        "SGDClassifier SGDRegressor",
        Reason(PRODUCTS),
    ),
    **_list_types("sklearn.linear_model._perceptron", "Perceptron", Reason(PRODUCTS)),
    **_list_types(
        "sklearn.linear_model._passive_aggressive",
        "PassiveAggressiveClassifier PassiveAggressiveRegressor",
        Reason(PRODUCTS),
    ),
    **_list_types("sklearn.linear_model._base", "LinearRegression", Reason(PRODUCTS)),
    **_list_types(
        "sklearn.linear_model._coordinate_descent",
        "ElasticNet ElasticNetCV Lasso LassoCV",
        Reason(PRODUCTS),
    ),
    **_list_types("sklearn.linear_model._huber", "HuberRegressor", Reason(PRODUCTS)),
    **_list_types(
        "sklearn.discriminant_analysis",
        "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
        Reason(PRODUCTS),
    ),
    **_list_types(
        "sklearn.naive_bayes",
        "GaussianNB MultinomialNB ComplementNB BernoulliNB",
        Reason(PRODUCTS),
    ),
    **_list_types(
        "sklearn.neural_network._multilayer_perceptron",
        "MLPClassifier MLPRegressor",
        Reason(PRODUCTS),
    ),
    **_list_types(
        "sklearn.neural_network._stochastic_optimizers", "AdamOptimizer SGDOptimizer", Reason(FIT)
    ),
    **_list_types("sklearn.dummy", "DummyClassifier DummyRegressor", Reason(COLUMNS)),
    **_list_types("sklearn.svm._classes", "LinearSVC LinearSVR", Reason(PRODUCTS)),
    **_list_types(
        "sklearn.svm._classes",
        "SVC NuSVC SVR NuSVR",
        Reason(MACHINE, _checks.check_support_vectors),
    ),
    **_list_types("sklearn.tree._tree", "Tree", Reason(TREE, _checks.check_tree)),
    **_list_types(
        "sklearn.tree._classes",
        "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
        Reason(TREE, _checks.check_tree_of_estimator),
    ),
    **_list_types(
        "sklearn.ensemble._forest",
        "RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor",
        Reason(TREE, _checks.check_forest),
    ),
    **_list_types(
        "sklearn.ensemble._bagging", "BaggingClassifier BaggingRegressor", Reason(HOLDS)
    ),
    **_list_types(
        "sklearn.ensemble._weight_boosting", "AdaBoostClassifier AdaBoostRegressor", Reason(HOLDS)
    ),
    **_list_types("sklearn.ensemble._voting", "VotingClassifier VotingRegressor", Reason(HOLDS)),
    **_list_types(
        "sklearn.ensemble._stacking",
        "StackingClassifier StackingRegressor",
        Reason(HOLDS, _calls.check_methods),
    ),
    **_list_types("sklearn.pipeline", "FeatureUnion", Reason(HOLDS)),
    **_list_types("sklearn.pipeline", "Pipeline", Reason(HOLDS, _calls.check_pipeline)),
    **_list_types("sklearn.compose._column_transformer", "ColumnTransformer", Reason(HOLDS)),
    **_list_types("sklearn.compose._target", "TransformedTargetRegressor", Reason(HOLDS)),
    **_list_types(
        "sklearn.model_selection._search", "GridSearchCV RandomizedSearchCV", Reason(HOLDS)
    ),
    **_list_types(
        "sklearn.model_selection._classification_threshold",
        "FixedThresholdClassifier TunedThresholdClassifierCV",
        Reason(HOLDS, _calls.check_methods),
    ),
    **_list_types("sklearn.calibration", "CalibratedClassifierCV", Reason(HOLDS)),
    **_list_types("sklearn.frozen._frozen", "FrozenEstimator", Reason(HOLDS)),
    **_list_types(
        "sklearn.multiclass",
        "OneVsOneClassifier OneVsRestClassifier",
        Reason(HOLDS),
    ),
    **_list_types(
        "sklearn.multioutput", "MultiOutputClassifier MultiOutputRegressor", Reason(HOLDS)
    ),
    **_list_types(
        "sklearn.multioutput",
        "ClassifierChain RegressorChain",
        Reason(HOLDS, _calls.check_methods),
    ),
    **_list_types(
        "sklearn.preprocessing._data",
        "Binarizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer PowerTransformer "
        "QuantileTransformer RobustScaler StandardScaler",
        Reason(COLUMNS),
    ),
    **_list_types("sklearn.preprocessing._encoders", "OrdinalEncoder", Reason(COLUMNS)),
    **_list_types("sklearn.preprocessing._label", "LabelBinarizer LabelEncoder", Reason(COLUMNS)),
    **_list_types(
        "sklearn.preprocessing._function_transformer",
        "FunctionTransformer",
        Reason("calls a function, which must be in FUNCTIONS", _calls.check_function),
    ),
    **_list_types("sklearn.impute._base", "MissingIndicator SimpleImputer", Reason(COLUMNS)),
    **_list_types(
        "sklearn.feature_selection._variance_threshold", "VarianceThreshold", Reason(COLUMNS)
    ),
    **_list_types(
        "sklearn.feature_selection._univariate_selection",
        "GenericUnivariateSelect SelectFdr SelectFpr SelectFwe SelectKBest SelectPercentile",
        Reason(COLUMNS),
    ),
    **_list_types("sklearn.feature_selection._from_model", "SelectFromModel", Reason(COLUMNS)),
    **_list_types("sklearn.feature_selection._rfe", "RFE RFECV", Reason(HOLDS)),
    **_list_types(
        "sklearn.feature_selection._sequential", "SequentialFeatureSelector", Reason(COLUMNS)
    ),
    **_list_types("sklearn.decomposition._pca", "PCA", Reason(PRODUCTS)),
    **_list_types("sklearn.decomposition._incremental_pca", "IncrementalPCA", Reason(PRODUCTS)),
    **_list_types("sklearn.decomposition._truncated_svd", "TruncatedSVD", Reason(PRODUCTS)),
    **_list_types("sklearn.decomposition._factor_analysis", "FactorAnalysis", Reason(PRODUCTS)),
    **_list_types("sklearn.decomposition._fastica", "FastICA", Reason(PRODUCTS)),
    **_list_types("sklearn.kernel_approximation", "Nystroem RBFSampler", Reason(PRODUCTS)),
    **_list_types(
        "sklearn.model_selection._split",
        "GroupKFold GroupShuffleSplit KFold LeaveOneGroupOut LeavePGroupsOut ShuffleSplit "
        "StratifiedGroupKFold StratifiedKFold StratifiedShuffleSplit",
        Reason(FIT),
    ),
    **_list_types("sklearn.metrics._scorer", "_PassthroughScorer", Reason(HOLDS)),
    **_list_types(
        "sklearn.utils._metadata_requests",
        "MetadataRequest MethodMetadataRequest",
        Reason("names of arguments"),
    ),
    **_list_types(
        "sklearn.linear_model._sgd_fast",
        "Hinge SquaredHinge EpsilonInsensitive SquaredEpsilonInsensitive ModifiedHuber",
        Reason(FIT, _checks.check_loss),
    ),
    **_list_types(
        "sklearn._loss._loss",
        "CyHalfBinomialLoss CyHalfSquaredError CyHuberLoss",
        Reason(FIT, _checks.check_loss),
    ),
}

OF_THIS_PACKAGE: dict[str, Reason] = {
    **_list_types(
        "sklearn_ser.classifiers",
        "AnnotatorEnsembleClassifier AttentionBLSTMClassifier AugmentedClassifier "
        "AveragingClassifier ConsensusClassifier CrowdEMClassifier CrowdLayerClassifier "
        "LabelCorrectingClassifier ProfileRefineryClassifier RatingsClassifier "
        "SegmentClassifier SegmentVGGClassifier SoftmaxClassifier",
        Reason(OWN),
    ),
    **_list_types(
        "sklearn_ser.features",
        "FramePooler FrameSegmenter LayerSelector OpenSmileFunctionals OpenSmileLLD "
        "SegmentLogMel SequenceScaler SequenceStatistics SpeedPerturbation "
        "TransformerEmbeddings TransformerFrames",
        Reason(OWN),
    ),
    **_list_types("sklearn_ser.metrics", "RatingsScorer", Reason(OWN)),
    **_list_types("sklearn_ser.recipes", "OneAnnotator OtherSpeaker", Reason(OWN)),
    **_list_types("sklearn_ser.splits", "SpeakerKFold", Reason(OWN)),
    **_list_types("sklearn_ser.targets", "HardTargetEncoder SoftTargetEncoder", Reason(OWN)),
}

# What Python and numpy themselves need: containers, arrays, numbers and random states.
PLAIN: dict[str, Reason] = {
    **_list_types("builtins", "dict list tuple set str slice", Reason("holds other objects")),
    **_list_types("collections", "OrderedDict", Reason("holds other objects")),
    **_list_types("numpy", "ndarray dtype", Reason("numbers or text")),
    **_list_types("numpy.ma", "MaskedArray", Reason("numbers or text")),
    **_list_types("numpy.ma.core", "MaskedArray", Reason("numbers or text")),
    **_list_types(
        "numpy.random.mtrand",
        "RandomState",
        Reason("compiled code that trusts its position: it is checked", _checks.check_mt19937),
    ),
    **_list_types(
        "numpy.random._generator",
        "Generator",
        Reason("integers; other bit generators trust theirs", _checks.check_pcg64),
    ),
}

#: Functions that a file may name: they compute with arrays, and do nothing else.
FUNCTIONS: dict[str, Reason] = {
    **{name: Reason("computes with the elements of an array") for name in _calls.OF_ELEMENTS},
    **_list_types(
        "sklearn.feature_selection._univariate_selection",
        "f_classif",
        Reason("used by fit only; computes with columns of an array"),
    ),
    **_list_types("sklearn_ser.recipes", "score_targets", Reason("scores a fitted classifier")),
}

#: Names of the types of scikit-learn and of this package, and of the functions, that files may
#: hold. skops itself would trust many more.
TRUSTED = sorted({*OF_SCIKIT_LEARN, *OF_THIS_PACKAGE, *FUNCTIONS})
#: Whatever a user trusts, these are checked.
KNOWN = frozenset({*TRUSTED, *PLAIN})


def find_reason(node: dict[str, Any]) -> Reason | None:
    """Return why the type or function of a node may be used; None if it may not."""
    name, loader = f"{node['__module__']}.{node['__class__']}", node["__loader__"]
    if loader == "FunctionNode":
        return FUNCTIONS.get(name)
    if loader == "TypeNode":
        return Reason("a type of numbers") if is_number_type(name) else None
    if loader in ("ObjectNode", "TreeNode", "LossNode"):
        return OF_SCIKIT_LEARN.get(name) or OF_THIS_PACKAGE.get(name)
    if loader == "NdArrayNode" and is_number_of_numpy(name):
        return Reason("a number")
    return PLAIN.get(name) if node["__class__"] in _LOADS.get(loader, ()) else None


# The types that each loader makes.
_LOADS = {
    "JsonNode": ("str",),
    "SliceNode": ("slice",),
    "ListNode": ("list",),
    "TupleNode": ("tuple",),
    "SetNode": ("set",),
    "DictNode": ("dict", "OrderedDict"),
    "NdArrayNode": ("ndarray",),
    "MaskedArrayNode": ("MaskedArray",),
    "RandomStateNode": ("RandomState",),
    "RandomGeneratorNode": ("Generator",),
    "DTypeNode": ("dtype",),
}
