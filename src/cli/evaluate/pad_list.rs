//! Which presentations to score for presentation attack detection.

use std::path::{Path, PathBuf};

use super::error::EvaluateError;
use super::folders;

/// The folder of live people; every other folder beside it is an attack species.
const BONA_FIDE: &str = "bona_fide";

/// One image of a presentation to the camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presentation {
    pub image: PathBuf,
    pub camera: String,
    /// The attack species; `None` for a bona fide presentation.
    pub species: Option<String>,
}

/// Reads `folder/{bona_fide,SPECIES}/` or `folder/CAMERA/{bona_fide,SPECIES}/`, ordered by path.
///
/// In the first form the camera has the name of `folder` itself.
///
/// # Errors
/// A folder that can't be read, or no image of either class.
pub fn read_pad_folder(folder: &Path) -> Result<Vec<Presentation>, EvaluateError> {
    let cameras = if folder.join(BONA_FIDE).is_dir() {
        // Resolved, so that `.` has a name too.
        let resolved = folder
            .canonicalize()
            .map_err(|source| EvaluateError::Read {
                path: folder.to_owned(),
                source,
            })?;
        vec![(folders::name(&resolved), folder.to_owned())]
    } else {
        let subfolders = folders::subfolders(folder)?;
        let named = |path: PathBuf| (folders::name(&path), path);
        subfolders.into_iter().map(named).collect()
    };

    let mut presentations = Vec::new();
    for (camera, camera_folder) in cameras {
        for class_folder in folders::subfolders(&camera_folder)? {
            let class = folders::name(&class_folder);
            let species = (class != BONA_FIDE).then_some(class);
            let images = folders::images(&class_folder)?.into_iter();
            presentations.extend(images.map(|image| Presentation {
                image,
                camera: camera.clone(),
                species: species.clone(),
            }));
        }
    }
    let missing = |missing| EvaluateError::NoPresentations {
        path: folder.to_owned(),
        missing,
    };
    if !presentations.iter().any(|p| p.species.is_none()) {
        return Err(missing("bona fide"));
    }
    if !presentations.iter().any(|p| p.species.is_some()) {
        return Err(missing("attack"));
    }
    Ok(presentations)
}

#[cfg(test)]
mod tests {
    use super::super::folders::with_files;
    use super::*;

    fn summary(presentations: &[Presentation]) -> Vec<(&str, Option<&str>)> {
        presentations
            .iter()
            .map(|p| (p.camera.as_str(), p.species.as_deref()))
            .collect()
    }

    #[test]
    fn cameras_hold_bona_fide_and_species() {
        let folder = with_files(&[
            "left/replay/1.jpg",
            "left/bona_fide/1.jpg",
            "left/bona_fide/Thumbs.db",
            "front/mask/1.png",
            "README.md",
        ]);
        let found = read_pad_folder(folder.path()).unwrap();
        assert_eq!(
            summary(&found),
            [
                ("front", Some("mask")),
                ("left", None),
                ("left", Some("replay"))
            ]
        );
        assert_eq!(found[1].image, folder.path().join("left/bona_fide/1.jpg"));
    }

    #[test]
    fn one_camera_needs_no_folder_of_its_own() {
        let parent = with_files(&["lobby/bona_fide/1.jpg", "lobby/print/1.jpg"]);
        let found = read_pad_folder(&parent.path().join("lobby")).unwrap();
        assert_eq!(summary(&found), [("lobby", None), ("lobby", Some("print"))]);
    }

    #[test]
    fn a_folder_without_one_of_the_classes_says_which() {
        for (files, missing) in [
            (&["bona_fide/1.jpg"][..], "no attack images"),
            (&["cam/print/1.jpg", "x.jpg"], "no bona fide images"),
            (&["bona_fide/README", "print/1.jpg"], "no bona fide images"),
        ] {
            let message = read_pad_folder(with_files(files).path())
                .unwrap_err()
                .to_string();
            assert!(message.contains(missing), "{message}");
        }
    }
}
