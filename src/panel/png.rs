//! A panel that is a PNG file, for the demo and for looking in from outside.

use std::io::Write;
use std::path::{Path, PathBuf};

use embedded_graphics::geometry::Size;
use tempfile::NamedTempFile;

use super::{Canvas, Drawing, Panel, PanelError, View};

/// Writes each screen to `panel.png` in a folder. A reader never sees half a file.
pub struct PngPanel {
    path: PathBuf,
    drawing: Drawing,
}

impl PngPanel {
    /// A panel of `size` pixels whose file goes into the folder `directory`.
    #[must_use]
    pub fn new(directory: &Path, size: Size) -> Self {
        Self {
            path: directory.join("panel.png"),
            drawing: Drawing::new(size),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write(&self) -> Result<(), PanelError> {
        let png = self.canvas().to_png()?;
        let write = || {
            let directory = self.path.parent().unwrap_or(Path::new("."));
            let mut file = NamedTempFile::new_in(directory)?;
            file.write_all(&png)?;
            file.persist(&self.path).map_err(|failed| failed.error)
        };
        write().map(drop).map_err(|source| PanelError::WritePng {
            path: self.path.clone(),
            source,
        })
    }

    /// The screen shown last, black before the first one.
    #[must_use]
    pub fn canvas(&self) -> &Canvas {
        self.drawing.canvas()
    }
}

impl Panel for PngPanel {
    fn size(&self) -> Size {
        let (width, height) = self.canvas().pixels.dimensions();
        Size::new(width, height)
    }

    fn show(&mut self, view: &View) -> Result<(), PanelError> {
        if self.drawing.show(view).is_none() {
            return Ok(());
        }
        let written = self.write();
        if written.is_err() {
            self.drawing.forget();
        }
        written
    }
}
