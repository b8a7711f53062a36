"""Faults in the report of a fit."""

from fault_list.record import Fault

INTERVAL = ("tests/report/test_interval.py",)
WORDING = ("tests/report/test_wording.py",)
CONFUSION = ("tests/report/test_confusion.py",)
CALIBRATION = ("tests/report/test_calibration.py",)
RESIDUALS = ("tests/report/test_residuals.py",)
HEADLINE = ("tests/report/test_headline.py",)
PAGE = "tests/report/test_run_report.py::"

FAULTS = (
    Fault(
        "the interval of a share is one-sided",
        "report/interval.py",
        "NormalDist().inv_cdf((1 + confidence) / 2)",
        "NormalDist().inv_cdf(confidence)",
        INTERVAL,
    ),
    Fault(
        "the interval of a share forgets what Wilson adds",
        "report/interval.py",
        "+ square / (4 * trials**2)",
        "",
        INTERVAL,
    ),
    Fault(
        "the interval of a mean divides by the number of values",
        "report/interval.py",
        "std(ddof=1)",
        "std()",
        INTERVAL,
    ),
    Fault(
        "nearly all is written as all",
        "report/wording.py",
        "if round(100 * share, decimals) >= 100:",
        "if share > 1:",
        WORDING,
    ),
    Fault(
        "true and predicted classes change places",
        "report/confusion.py",
        "counts[place[is_], place[said]]",
        "counts[place[said], place[is_]]",
        CONFUSION,
    ),
    Fault(
        "shares are of the predicted class",
        "report/confusion.py",
        "self.counts.sum(axis=1, keepdims=True",
        "self.counts.sum(axis=0, keepdims=True",
        CONFUSION,
    ),
    Fault(
        "everything in the corner of rarer classes counts as right",
        "report/confusion.py",
        "self.together_right if self.together else diagonal[-1]",
        "diagonal[-1]",
        CONFUSION,
    ),
    Fault(
        "the most frequent classes are put together",
        "report/confusion.py",
        "key=lambda name: -rows[name]",
        "key=lambda name: rows[name]",
        CONFUSION,
    ),
    Fault(
        "recall and precision change places",
        "report/confusion.py",
        "return self.right / self.rows if self.rows else None",
        "return self.right / self.predicted if self.predicted else None",
        CONFUSION,
    ),
    Fault(
        "the last class stands on top",
        "report/confusion.py",
        "        axes.invert_yaxis()\n",
        "",
        (f"{CONFUSION[0]}::test_a_picture_says_counts_and_shares_of_each_class",),
    ),
    Fault(
        "long names of classes are never turned",
        "report/confusion.py",
        "turned = longest > 9 * cell",
        "turned = False",
        (f"{CONFUSION[0]}::test_nothing_is_cut_off_or_written_over[twelve-long]",),
    ),
    Fault(
        "probability 0.1 belongs to the second bin",
        "report/calibration.py",
        "np.searchsorted(edges[1:-1], given)",
        'np.searchsorted(edges[1:-1], given, side="right")',
        CALIBRATION,
    ),
    Fault(
        "every bin weighs the same",
        "report/calibration.py",
        "abs(bin_.happened - bin_.rows * bin_.mean_probability)",
        "abs(bin_.happened / bin_.rows - bin_.mean_probability)",
        CALIBRATION,
    ),
    Fault(
        "chance brings half as much",
        "report/calibration.py",
        "return 2 * above * exp(logarithm)",
        "return above * exp(logarithm)",
        CALIBRATION,
    ),
    Fault(
        "the surest class is always right",
        "report/calibration.py",
        "given.argmax(axis=1) == wanted",
        "given.argmax(axis=1) >= 0",
        CALIBRATION,
    ),
    Fault(
        "an impossible probability is taken",
        "report/calibration.py",
        "(given >= 0) & (given <= 1)",
        "(given >= 0)",
        CALIBRATION,
    ),
    Fault(
        "residuals have the other sign",
        "report/residuals.py",
        "return self.true - self.predicted",
        "return self.predicted - self.true",
        RESIDUALS,
    ),
    Fault(
        "the trend goes by the order of the rows",
        "report/residuals.py",
        'np.argsort(guess, kind="stable")',
        "np.arange(guess.size)",
        RESIDUALS,
    ),
    Fault(
        "the axes of predicted and true differ",
        "report/residuals.py",
        "left.set(xlim=both, ylim=both,",
        "left.set(xlim=both, ylim=across,",
        RESIDUALS,
    ),
    Fault(
        "constant numbers have an empty range",
        "report/residuals.py",
        "or 0.05 * abs(high) or 1.0",
        "or 0.0",
        RESIDUALS,
    ),
    Fault(
        "a network that is no better than trivial is praised",
        "report/headline.py",
        "if test.right / test.rows > trivial:",
        "if test.right / test.rows >= trivial:",
        HEADLINE,
    ),
    Fault(
        "few test rows go unmentioned",
        "report/headline.py",
        "if test.rows < FEW_ROWS:",
        "if test.rows < 10:",
        HEADLINE,
    ),
    Fault(
        "a distance below zero is expected",
        "report/headline.py",
        "max(low, 0.0)",
        "low",
        HEADLINE,
    ),
    Fault(
        "more loss is better",
        "report/run_report.py",
        'in nats per row", False',
        'in nats per row", True',
        (f"{PAGE}test_the_verdict_knows_which_way_is_better",),
    ),
    Fault(
        "the bin of the other class is drawn",
        "report/error_sections.py",
        "calibration(test.probabilities[:, 1], true == 1)",
        "calibration(test.probabilities[:, 0], true == 1)",
        (f"{PAGE}test_calibration_is_told_beside_what_chance_brings",),
    ),
    Fault(
        "a network that is too sure is called too cautious",
        "report/error_sections.py",
        "if sureness > high",
        "if sureness < low",
        (f"{PAGE}test_the_page_says_whether_the_network_knows_what_it_knows",),
    ),
    Fault(
        "columns that were left out are not told",
        "report/fit_sections.py",
        "    if omitted:\n",
        "    if not used:\n",
        (f"{PAGE}test_columns_say_what_they_are_and_why_they_are_not",),
    ),
    Fault(
        "the exact configuration is missing",
        "report/fit_sections.py",
        "(Code(summary.configuration),)",
        "()",
        (f"{PAGE}test_the_run_can_be_repeated_from_the_page",),
    ),
    Fault(
        "classes that are never predicted go unmentioned",
        "report/error_sections.py",
        "if score.rows and not score.predicted",
        "if score.predicted < 0",
        (f"{PAGE}test_classes_that_are_never_predicted_are_named",),
    ),
)
