//! `ostiary evaluate`: error rates on sets of images, as ISO/IEC 19795-1 and 30107-3 define them.

mod error;
mod folders;
mod pad_list;
mod pairs_list;
mod plots;
mod report;
mod score_table;
mod site;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use crate::capture;
use crate::domain::liveness::{LightCues, fuse_frame};
use crate::domain::{ScoreSets, Template};
use crate::vision::{Analyser, VisionError};

use super::answer::{Answer, Exit};
use super::context::Context;
use super::error::CliError;
use super::progress;

pub use error::EvaluateError;
use pad_list::{Presentation, read_pad_folder};
pub use pairs_list::{Pair, PairsList};
use plots::{Plots, Words};
use report::{PadReport, PairsReport, ScoredPresentation, pad_scores};
use score_table::ScoreTable;
use site::{RawScore, SiteArguments};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Verification: a CSV with file_x, file_y, Decision, or a folder with one subfolder a person
    Pairs {
        source: PathBuf,
        /// Make templates as the local API does in this mode [default: as the door does]
        #[arg(long, value_name = "MODE")]
        search: Option<Search>,
        /// Where the plots go [default: evaluation/pairs in the data folder]
        #[arg(long, value_name = "DIR")]
        plots: Option<PathBuf>,
    },
    /// Presentation attacks: a folder with bona_fide and one folder for each attack species, or one such for each camera
    Pad {
        source: PathBuf,
        /// Where the plots go [default: evaluation/pad in the data folder]
        #[arg(long, value_name = "DIR")]
        plots: Option<PathBuf>,
        #[command(flatten)]
        site: SiteArguments,
    },
}

/// How much work a template is worth, see [`crate::domain::Effort`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Search {
    /// One detector, one template
    Fast,
    /// The other detector too if need be, and the mirror image
    Accurate,
}

/// Scores the images, reports the rates and writes DET, ROC and histogram as SVG; for presentation attacks
/// also the score of each image as CSV.
///
/// # Errors
/// If the set can't be read, an image is broken, or there is nothing to compare.
pub fn run(context: &Context, command: &Command) -> Result<Answer, CliError> {
    match command {
        Command::Pairs {
            source,
            search,
            plots,
        } => {
            let plots = plots
                .clone()
                .unwrap_or_else(|| context.config.data.join("evaluation/pairs"));
            evaluate_pairs(context, source, *search, &plots)
        }
        Command::Pad {
            source,
            plots,
            site,
        } => {
            let plots = plots
                .clone()
                .unwrap_or_else(|| context.config.data.join("evaluation/pad"));
            evaluate_pad(context, source, &plots, site)
        }
    }
}

fn evaluate_pairs(
    context: &Context,
    source: &Path,
    search: Option<Search>,
    plots: &Path,
) -> Result<Answer, CliError> {
    let list = PairsList::read(source)?;
    let mut analyser = context.analyser()?;
    let mut templates: Vec<Option<Template>> = Vec::with_capacity(list.images.len());
    let mut no_face = Vec::new();
    let bar = progress::bar(list.images.len(), "templates");
    for path in &list.images {
        let template = template(&mut analyser, path, search)?;
        if template.is_none() {
            no_face.push(path.display().to_string());
        }
        templates.push(template);
        bar.inc(1);
    }
    bar.finish_and_clear();

    let (mut mated, mut non_mated) = (Vec::new(), Vec::new());
    for pair in &list.pairs {
        let (Some(probe), Some(reference)) = (&templates[pair.probe], &templates[pair.reference])
        else {
            continue;
        };
        let similarity = analyser
            .calibration()
            .similarity(probe.compare(reference)?)
            .get();
        if pair.mated {
            mated.push(similarity)
        } else {
            non_mated.push(similarity)
        }
    }
    let scores = ScoreSets::new(mated, non_mated).map_err(EvaluateError::from)?;
    let report = PairsReport::new(&scores, no_face);
    let plots = write_plots(plots, &scores, &Words::VERIFICATION, report.threshold)?;
    answer(&report, plots)
}

fn evaluate_pad(
    context: &Context,
    source: &Path,
    plots: &Path,
    site: &SiteArguments,
) -> Result<Answer, CliError> {
    let presentations = read_pad_folder(source)?;
    let mut analyser = context.analyser()?;
    let (mut scored, mut no_face) = (Vec::with_capacity(presentations.len()), Vec::new());
    let mut raw: Vec<RawScore> = Vec::with_capacity(presentations.len());
    let mut table = ScoreTable::create(plots)?;
    let bar = progress::bar(presentations.len(), "PAD scores");
    for presentation in presentations {
        let image = capture::open(&presentation.image)?;
        match analyser.locate(&image) {
            Ok(located) => {
                let result = analyser.liveness(&located.image, &located.largest)?;
                let image = analyser.image_cues(&located.image, &located.largest);
                let score = fuse_frame(result.score, &image, &LightCues::default());
                table.add(&presentation, score, &result)?;
                let Presentation {
                    camera, species, ..
                } = presentation;
                raw.push(RawScore {
                    attack: result.attack,
                    image,
                });
                scored.push(ScoredPresentation {
                    camera,
                    species,
                    score: score.get(),
                });
            }
            Err(VisionError::NoFace) => no_face.push(presentation.image.display().to_string()),
            Err(source) => {
                return Err(CliError::Face {
                    path: presentation.image,
                    source,
                });
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    table.finish()?;

    let threshold = context.config.policy.liveness_threshold.get();
    let (scored, threshold) = site.rescore(scored, &raw, threshold)?;
    let report = PadReport::new(&scored, threshold, no_face).map_err(EvaluateError::from)?;
    let scores = pad_scores(&scored).map_err(EvaluateError::from)?;
    let plots = write_plots(plots, scores.sets(), &Words::PAD, threshold)?;
    answer(&report, plots)
}

/// The template of the largest face; `None` if there is no face.
fn template(
    analyser: &mut Analyser,
    path: &Path,
    search: Option<Search>,
) -> Result<Option<Template>, CliError> {
    let failed = |source| CliError::Face {
        path: path.into(),
        source,
    };
    let image = capture::open(path)?;
    let located = match search {
        Some(Search::Fast) => analyser.locate_quickly(&image),
        Some(Search::Accurate) | None => match analyser.locate(&image) {
            Err(VisionError::NoFace) => Ok(None),
            other => other.map(Some),
        },
    };
    let Some(located) = located.map_err(failed)? else {
        return Ok(None);
    };
    let (image, face) = (&located.image, &located.largest);
    let template = match search {
        Some(Search::Accurate) => analyser.embed_with_mirror(image, face),
        Some(Search::Fast) | None => analyser.embed(image, face).cloned(),
    };
    Ok(Some(template?))
}

fn write_plots(
    folder: &Path,
    scores: &ScoreSets,
    words: &Words,
    threshold: f32,
) -> Result<PathBuf, CliError> {
    fs::create_dir_all(folder).map_err(|source| CliError::File {
        path: folder.into(),
        source,
    })?;
    let plots = Plots {
        scores,
        words,
        threshold,
    };
    plots.write_det(&folder.join("det.svg"))?;
    plots.write_roc(&folder.join("roc.svg"))?;
    plots.write_histogram(&folder.join("scores.svg"))?;
    Ok(folder.to_path_buf())
}

fn answer(
    report: &(impl Serialize + std::fmt::Display),
    plots: PathBuf,
) -> Result<Answer, CliError> {
    #[derive(Serialize)]
    struct WithPlots<'r, R> {
        #[serde(flatten)]
        report: &'r R,
        /// The folder of det.svg, roc.svg, scores.svg and, for presentation attacks, scores.csv.
        plots: PathBuf,
    }
    let text = format!("{report}Plots        {}", plots.display());
    Answer::new(Exit::Yes, text, &WithPlots { report, plots })
}
