//! Which images to compare, and which pairs are of one person.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::error::EvaluateError;
use super::folders;

/// Images, each listed once, and the pairs to compare.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairsList {
    pub images: Vec<PathBuf>,
    pub pairs: Vec<Pair>,
}

/// Two images by their place in [`PairsList::images`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    pub probe: usize,
    pub reference: usize,
    /// Whether both show the same person.
    pub mated: bool,
}

impl PairsList {
    /// Reads a list (CSV) or a folder with one subfolder a person, of which it takes all pairs.
    ///
    /// The list's header names `file_x`, `file_y` and `Decision` (`Yes` for mated, `No`), in any order and
    /// beside other columns. Fields may be quoted (RFC 4180); white space round them is dropped. Paths are
    /// relative to the folder of the list.
    ///
    /// # Errors
    /// What can't be read, a missing column, an unknown decision or missing image with its line, no pair.
    pub fn read(source: &Path) -> Result<Self, EvaluateError> {
        if source.is_dir() {
            Self::from_folder(source)
        } else {
            Self::from_csv(source)
        }
    }

    fn from_csv(path: &Path) -> Result<Self, EvaluateError> {
        let failed = |source| EvaluateError::Csv {
            path: path.to_owned(),
            source,
        };
        let text = std::fs::read(path).map_err(|source| EvaluateError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(&text[..]);
        let header = reader.headers().map_err(failed)?.clone();
        let column = |column: &'static str| {
            header
                .iter()
                .position(|name| name == column)
                .ok_or_else(|| EvaluateError::MissingColumn {
                    path: path.to_owned(),
                    column,
                })
        };
        let (file_x, file_y, decision) =
            (column("file_x")?, column("file_y")?, column("Decision")?);
        let folder = path.parent().unwrap_or(Path::new(""));

        let mut list = Self::default();
        let mut known = HashMap::new();
        for record in reader.records() {
            let record = record.map_err(failed)?;
            let line = record.position().map_or(0, |start| line_of(start, &text));
            let mut index_of = |field: usize| {
                let image = folder.join(&record[field]);
                list.index_of(&mut known, image)
                    .map_err(|image| EvaluateError::MissingImage {
                        path: path.to_owned(),
                        line,
                        image,
                    })
            };
            let (probe, reference) = (index_of(file_x)?, index_of(file_y)?);
            let mated = match &record[decision] {
                "Yes" => true,
                "No" => false,
                found => {
                    return Err(EvaluateError::UnknownDecision {
                        path: path.to_owned(),
                        line,
                        found: found.to_owned(),
                    });
                }
            };
            list.pairs.push(Pair {
                probe,
                reference,
                mated,
            });
        }
        if list.pairs.is_empty() {
            return Err(EvaluateError::NoPairs {
                path: path.to_owned(),
            });
        }
        Ok(list)
    }

    /// The index of an image, which is added if it is new and a file; otherwise it comes back as error.
    fn index_of(
        &mut self,
        known: &mut HashMap<PathBuf, usize>,
        image: PathBuf,
    ) -> Result<usize, PathBuf> {
        if let Some(&index) = known.get(&image) {
            return Ok(index);
        }
        if !image.is_file() {
            return Err(image);
        }
        let index = self.images.len();
        self.images.push(image.clone());
        known.insert(image, index);
        Ok(index)
    }

    fn from_folder(folder: &Path) -> Result<Self, EvaluateError> {
        let mut images = Vec::new();
        let mut people = Vec::new();
        for (person, subfolder) in folders::subfolders(folder)?.iter().enumerate() {
            let portraits = folders::images(subfolder)?;
            people.extend(portraits.iter().map(|_| person));
            images.extend(portraits);
        }
        if images.is_empty() {
            return Err(EvaluateError::NoPeople {
                path: folder.to_owned(),
            });
        }
        let pairs = (0..images.len())
            .flat_map(|probe| (probe + 1..images.len()).map(move |reference| (probe, reference)))
            .map(|(probe, reference)| Pair {
                probe,
                reference,
                mated: people[probe] == people[reference],
            })
            .collect();
        Ok(Self { images, pairs })
    }
}

/// The line of a record. The reader counts blank lines before a record as part of it.
fn line_of(start: &csv::Position, text: &[u8]) -> u64 {
    let rest = text.get(start.byte() as usize..).unwrap_or_default();
    let breaks = rest.iter().take_while(|byte| b"\r\n".contains(byte));
    start.line() + breaks.filter(|&&byte| byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::super::folders::with_files;
    use super::*;

    /// A folder with empty files and a list `pairs.csv`.
    fn with_list(files: &[&str], list: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
        let folder = with_files(files);
        let path = folder.path().join("pairs.csv");
        std::fs::write(&path, list).unwrap();
        (folder, path)
    }

    #[test]
    fn a_list_may_be_quoted_padded_reordered_and_end_lines_either_way() {
        let list = "\u{feff}Decision , note,file_x,file_y\r\n\
                    Yes,,a.jpg,\"b, c.jpg\"\r\n No ,\"two\nlines\", a.jpg ,sub/../d.jpg\n";
        let (folder, path) = with_list(&["a.jpg", "b, c.jpg", "d.jpg", "sub/e.jpg"], list);
        let list = PairsList::read(&path).unwrap();
        let pair = |reference, mated| Pair {
            probe: 0,
            reference,
            mated,
        };
        assert_eq!(list.pairs, [pair(1, true), pair(2, false)]);
        let path = |name| folder.path().join(name);
        assert_eq!(
            list.images,
            [path("a.jpg"), path("b, c.jpg"), path("sub/../d.jpg")]
        );
    }

    #[test]
    fn what_is_wrong_with_a_list_is_named_with_its_line() {
        let cases = [
            ("file_x,Decision\na.jpg,Yes\n", "no column file_y"),
            ("", "no column file_x"),
            ("file_x,file_y,Decision\n", "lists no pairs"),
            (
                "file_x,file_y,Decision\na.jpg,a.jpg,Yes\na.jpg,a.jpg,maybe\n",
                "line 3: Decision is \"maybe\"",
            ),
            (
                "file_x,file_y,Decision\r\n\r\n\na.jpg,b.jpg,Yes\n",
                "line 4: there is no image file",
            ),
            ("file_x,file_y,Decision\na.jpg,b.jpg\n", "line: 2"),
        ];
        for (list, expected) in cases {
            let (_folder, path) = with_list(&["a.jpg"], list);
            let message = PairsList::read(&path).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_list_that_is_absent_or_not_text_is_an_error() {
        let absent = PairsList::read(Path::new("no-such-list.csv")).unwrap_err();
        assert!(absent.to_string().contains("no-such-list.csv"), "{absent}");
        let (_folder, path) = with_list(&[], b"file_x,file_y,Decision\n\xff,a.jpg,Yes\n");
        let message = PairsList::read(&path).unwrap_err().to_string();
        assert!(message.contains("(line 2,"), "{message}");
    }

    #[test]
    fn a_folder_gives_all_pairs_in_order_and_skips_what_is_no_image() {
        let files = [
            "bob/2.PNG",
            "amy/1.jpg",
            "bob/1.pgm",
            "bob/notes.txt",
            "bob/._1.jpg",
            ".cache/x.jpg",
            "loose.jpg",
            "empty/README",
        ];
        let folder = with_files(&files);
        let list = PairsList::read(folder.path()).unwrap();
        let path = |name| folder.path().join(name);
        assert_eq!(
            list.images,
            [path("amy/1.jpg"), path("bob/1.pgm"), path("bob/2.PNG")]
        );
        let pairs = list.pairs.iter().map(|p| (p.probe, p.reference, p.mated));
        assert!(pairs.eq([(0, 1, false), (0, 2, false), (1, 2, true)]));
    }

    #[test]
    fn a_folder_without_people_is_an_error() {
        let folder = with_files(&["loose.jpg", "empty/README"]);
        let message = PairsList::read(folder.path()).unwrap_err().to_string();
        assert!(message.contains("one subfolder a person"), "{message}");
    }
}
