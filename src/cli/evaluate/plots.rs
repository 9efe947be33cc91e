//! Plots of error rates as SVG.

mod axis;
mod bins;

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use self::axis::Axis;
use self::bins::Bins;
use super::error::EvaluateError;
use crate::domain::{OperatingPoint, ScoreSets};

/// Width and height of a plot, in pixels.
const SIZE: (u32, u32) = (720, 600);

/// Blue and vermilion of Okabe and Ito, told apart by colour-blind people; lines and fills differ as well.
const POSITIVE_COLOUR: RGBColor = RGBColor(213, 94, 0);
const NEGATIVE_COLOUR: RGBColor = RGBColor(0, 114, 178);
const GUIDE_COLOUR: RGBColor = RGBColor(90, 90, 90);

/// The words of a kind of evaluation.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// What is counted.
    pub trials: &'static str,
    pub positive: &'static str,
    pub negative: &'static str,
    /// The error of taking a negative for a positive, in short.
    pub false_match: &'static str,
    /// The error of taking a positive for a negative, in short.
    pub false_non_match: &'static str,
    pub score: &'static str,
}

impl Words {
    /// Comparison of probes with references (ISO/IEC 19795-1).
    pub const VERIFICATION: Self = Self {
        trials: "comparisons",
        positive: "mated",
        negative: "non-mated",
        false_match: "FMR",
        false_non_match: "FNMR",
        score: "similarity",
    };
    /// Presentation attack detection (ISO/IEC 30107-3).
    pub const PAD: Self = Self {
        trials: "presentations",
        positive: "bona fide",
        negative: "attack",
        false_match: "APCER (pooled)",
        false_non_match: "BPCER",
        score: "PAD score",
    };
}

/// What the plots show: the scores, and one threshold that is marked in each.
#[derive(Debug, Clone, Copy)]
pub struct Plots<'a> {
    pub scores: &'a ScoreSets,
    pub words: &'a Words,
    pub threshold: f32,
}

impl Plots<'_> {
    /// Writes the detection error trade-off curve on normal-deviate axes.
    ///
    /// # Errors
    /// If the file can't be drawn or written.
    pub fn write_det(&self, path: &Path) -> Result<(), EvaluateError> {
        let x = Axis::normal_deviate(self.scores.negatives().len());
        let y = Axis::normal_deviate(self.scores.positives().len());
        let words = self.words;
        let curve = Curve {
            title: "Detection error trade-off",
            x_title: words.false_match.to_owned(),
            y_title: words.false_non_match.to_owned(),
            rates: |point| (point.fmr.rate(), point.fnmr.rate()),
            equal_errors: true,
            labels: SeriesLabelPosition::UpperRight,
        };
        self.write(path, |area| self.draw_curve(area, x, y, &curve))
    }

    /// Writes the receiver operating characteristic, false matches on a logarithmic axis.
    ///
    /// # Errors
    /// If the file can't be drawn or written.
    pub fn write_roc(&self, path: &Path) -> Result<(), EvaluateError> {
        let x = Axis::logarithmic(self.scores.negatives().len());
        let y = Axis::linear();
        let words = self.words;
        let curve = Curve {
            title: "Receiver operating characteristic",
            x_title: words.false_match.to_owned(),
            y_title: format!("1 - {}", words.false_non_match),
            rates: |point| (point.fmr.rate(), 1.0 - point.fnmr.rate()),
            equal_errors: false,
            labels: SeriesLabelPosition::LowerRight,
        };
        self.write(path, |area| self.draw_curve(area, x, y, &curve))
    }

    /// Writes the score histograms of both classes, each as shares of its class.
    ///
    /// # Errors
    /// If the file can't be drawn or written.
    pub fn write_histogram(&self, path: &Path) -> Result<(), EvaluateError> {
        self.write(path, |area| self.draw_histogram(area))
    }

    /// Draws in memory and writes the file, so that drawing and writing fail apart.
    fn write(
        &self,
        path: &Path,
        draw: impl FnOnce(&Area<'_>) -> Result<(), DrawError>,
    ) -> Result<(), EvaluateError> {
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)
            .and_then(|()| draw(&area))
            .and_then(|()| area.present())
            .map_err(|error| EvaluateError::Draw {
                path: path.to_owned(),
                detail: error.to_string(),
            })?;
        // The closing tag is written on drop.
        drop(area);
        std::fs::write(path, svg).map_err(|source| EvaluateError::Write {
            path: path.to_owned(),
            source,
        })
    }

    /// `38 mated, 262 non-mated comparisons; EER 0.00 % at threshold 0.555; AUC 1.0000`
    fn subtitle(&self) -> String {
        let (words, eer) = (self.words, self.scores.eer());
        format!(
            "{} {}, {} {} {}; EER {:.2} % at threshold {:.3}; AUC {:.4}",
            self.scores.positives().len(),
            words.positive,
            self.scores.negatives().len(),
            words.negative,
            words.trials,
            100.0 * eer.rate,
            eer.at.threshold,
            self.scores.auc(),
        )
    }

    /// `threshold 0.500: FMR 0.10 %, FNMR 2.00 %`
    fn threshold_label(&self) -> String {
        let (words, at) = (self.words, self.scores.at(self.threshold));
        format!(
            "threshold {:.3}: {} {:.2} %, {} {:.2} %",
            self.threshold,
            words.false_match,
            100.0 * at.fmr.rate(),
            words.false_non_match,
            100.0 * at.fnmr.rate(),
        )
    }

    fn titled<'a>(&self, area: &Area<'a>, title: &str) -> Result<Area<'a>, DrawError> {
        area.titled(title, text(22))?
            .titled(&self.subtitle(), text(14))
    }

    fn draw_curve(
        &self,
        area: &Area<'_>,
        x: Axis,
        y: Axis,
        curve: &Curve,
    ) -> Result<(), DrawError> {
        let mut points: Vec<_> = self.scores.det_curve().iter().map(curve.rates).collect();
        points.retain(|&(x_rate, y_rate)| x.shows(x_rate) && y.shows(y_rate));
        let (x_range, y_range) = (x.range(), y.range());
        let equal = [
            x_range.start.max(y_range.start),
            x_range.end.min(y_range.end),
        ];
        let mut chart = ChartBuilder::on(&self.titled(area, curve.title)?)
            .margin(16)
            .x_label_area_size(48)
            .y_label_area_size(76)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc(&curve.x_title)
            .y_desc(&curve.y_title)
            .label_style(text(14))
            .axis_desc_style(text(16))
            .draw()?;

        if curve.equal_errors {
            let [low, high] = equal;
            let line = [(low, low), (high, high)];
            chart.draw_series(DashedLineSeries::new(line, 6, 5, GUIDE_COLOUR.into()))?;
        }
        chart.draw_series(LineSeries::new(points, NEGATIVE_COLOUR.stroke_width(2)))?;
        let at = (curve.rates)(&self.scores.at(self.threshold));
        chart
            .draw_series([Circle::new(at, 6, POSITIVE_COLOUR.filled())])?
            .label(self.threshold_label())
            .legend(|at| Circle::new(at, 6, POSITIVE_COLOUR.filled()));
        draw_labels(&mut chart, curve.labels.clone())
    }

    fn draw_histogram(&self, area: &Area<'_>) -> Result<(), DrawError> {
        let (words, bins) = (self.words, Bins::new(self.scores, self.threshold));
        let positives = bins.shares(self.scores.positives());
        let negatives = bins.shares(self.scores.negatives());
        let highest = positives
            .iter()
            .chain(&negatives)
            .fold(0.0, |a: f64, b| a.max(*b));
        // Room above the bars for the labels.
        let mut chart = ChartBuilder::on(&self.titled(area, "Score distributions")?)
            .margin(16)
            .x_label_area_size(48)
            .y_label_area_size(76)
            .build_cartesian_2d(bins.range(), 0.0..highest * 1.25)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            // Adding 0 takes the sign off -0.
            .x_label_formatter(&|score| format!("{:.2}", (100.0 * score).round() / 100.0 + 0.0))
            .y_label_formatter(&|share| format!("{:.0} %", 100.0 * share))
            .x_desc(words.score)
            .y_desc("share of the class")
            .label_style(text(14))
            .axis_desc_style(text(16))
            .draw()?;

        let fill = NEGATIVE_COLOUR.mix(0.4).filled();
        let bars = negatives.iter().enumerate().map(|(bin, &share)| {
            Rectangle::new([(bins.edge(bin), 0.0), (bins.edge(bin + 1), share)], fill)
        });
        chart
            .draw_series(bars)?
            .label(format!("{} (filled)", words.negative))
            .legend(move |(x, y)| Rectangle::new([(x - 8, y - 6), (x + 8, y + 6)], fill));
        let outline = positives
            .iter()
            .enumerate()
            .flat_map(|(bin, &share)| [(bins.edge(bin), share), (bins.edge(bin + 1), share)]);
        let line = POSITIVE_COLOUR.stroke_width(3);
        chart
            .draw_series(LineSeries::new(outline, line))?
            .label(format!("{} (outline)", words.positive))
            .legend(move |(x, y)| PathElement::new([(x - 8, y), (x + 8, y)], line));
        let threshold = f64::from(self.threshold).clamp(bins.range().start, bins.range().end);
        let mark = [(threshold, 0.0), (threshold, highest * 1.25)];
        chart
            .draw_series(DashedLineSeries::new(mark, 6, 5, BLACK.stroke_width(2)))?
            .label(self.threshold_label())
            .legend(|(x, y)| PathElement::new([(x, y - 7), (x, y + 7)], BLACK.stroke_width(2)));
        draw_labels(&mut chart, SeriesLabelPosition::UpperRight)
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type DrawError = DrawingAreaErrorKind<<SVGBackend<'static> as DrawingBackend>::ErrorType>;

/// What distinguishes a DET from a ROC curve.
struct Curve {
    title: &'static str,
    x_title: String,
    y_title: String,
    /// The rates on the axes of an operating point.
    rates: fn(&OperatingPoint) -> (f64, f64),
    /// Whether to draw the line on which both errors are equal.
    equal_errors: bool,
    /// The corner that the curve leaves free.
    labels: SeriesLabelPosition,
}

fn text(size: i32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&BLACK)
}

fn draw_labels<'a, C: CoordTranslate>(
    chart: &mut ChartContext<'a, SVGBackend<'a>, C>,
    position: SeriesLabelPosition,
) -> Result<(), DrawError> {
    chart
        .configure_series_labels()
        .position(position)
        .margin(12)
        .background_style(WHITE.mix(0.85))
        .border_style(GUIDE_COLOUR)
        .label_font(text(14))
        .draw()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(scores: &ScoreSets, words: &Words, threshold: f32) -> [String; 3] {
        let plots = Plots {
            scores,
            words,
            threshold,
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plot.svg");
        [Plots::write_det, Plots::write_roc, Plots::write_histogram].map(|write| {
            write(&plots, &path).unwrap();
            std::fs::read_to_string(&path).unwrap()
        })
    }

    #[test]
    fn plots_are_whole_and_tell_counts_error_rate_and_threshold() {
        let scores = ScoreSets::new(vec![0.5, 0.7, 0.9], vec![0.1, 0.2, 0.3, 0.6]).unwrap();
        for svg in written(&scores, &Words::PAD, 0.6) {
            assert!(svg.trim_end().ends_with("</svg>"));
            assert!(
                svg.contains("3 bona fide, 4 attack presentations; EER 29.17 %"),
                "{svg}"
            );
            assert!(svg.contains("threshold 0.600: APCER (pooled) 25.00 %, BPCER 33.33 %"));
        }
    }

    #[test]
    fn degenerate_scores_can_be_drawn() {
        let (most, least) = (f32::MAX, f32::MIN);
        for (positives, negatives, threshold) in [
            (vec![0.5], vec![0.5], 0.5),
            (vec![1.0], vec![0.0], 7.0),
            (vec![most], vec![least], f32::INFINITY),
            (vec![0.0; 5], vec![1.0; 5], least),
        ] {
            let scores = ScoreSets::new(positives, negatives).unwrap();
            written(&scores, &Words::VERIFICATION, threshold);
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let scores = ScoreSets::new(vec![1.0], vec![0.0]).unwrap();
        let words = &Words::VERIFICATION;
        let plots = Plots {
            scores: &scores,
            words,
            threshold: 0.5,
        };
        let error = plots
            .write_det(Path::new("no/such/folder/det.svg"))
            .unwrap_err();
        assert!(
            error.to_string().contains("no/such/folder/det.svg"),
            "{error}"
        );
    }
}
