//! The PAD score of every image as a table, for calibration and for looking at single failures.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::domain::PadScore;
use crate::vision::PadResult;

use super::EvaluateError;
use super::pad_list::Presentation;

/// `scores.csv`: camera, species (`bona_fide` for a live person), image, PAD score, and the raw outputs.
pub struct ScoreTable {
    writer: csv::Writer<File>,
    path: PathBuf,
    has_header: bool,
}

impl ScoreTable {
    /// Starts `scores.csv` in `folder`, which is made if it is missing.
    ///
    /// # Errors
    /// If the file can't be made.
    pub fn create(folder: &Path) -> Result<Self, EvaluateError> {
        let path = folder.join("scores.csv");
        let failed = |source| EvaluateError::Write {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let writer = csv::Writer::from_writer(File::create(&path).map_err(failed)?);
        Ok(Self {
            writer,
            path,
            has_header: false,
        })
    }

    /// Adds one image.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn add(
        &mut self,
        presentation: &Presentation,
        score: PadScore,
        result: &PadResult,
    ) -> Result<(), EvaluateError> {
        if !self.has_header {
            let raw = result
                .cues
                .iter()
                .map(|cue| format!("raw_{}", cue.crop_factor));
            let header = ["camera", "species", "image", "pad_score"]
                .map(str::to_owned)
                .into_iter()
                .chain(raw);
            self.write(header)?;
            self.has_header = true;
        }
        let image = presentation
            .image
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let species = presentation
            .species
            .clone()
            .unwrap_or_else(|| "bona_fide".into());
        let raw = result.cues.iter().map(|cue| cue.raw.to_string());
        self.write(
            [
                presentation.camera.clone(),
                species,
                image,
                score.get().to_string(),
            ]
            .into_iter()
            .chain(raw),
        )
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn finish(mut self) -> Result<(), EvaluateError> {
        self.writer.flush().map_err(|source| EvaluateError::Write {
            path: self.path.clone(),
            source,
        })
    }

    fn write(&mut self, row: impl Iterator<Item = String>) -> Result<(), EvaluateError> {
        self.writer
            .write_record(row)
            .map_err(|source| EvaluateError::Csv {
                path: self.path.clone(),
                source,
            })
    }
}
