//! A register as a CSV file: who is to be imported.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use csv::StringRecord;

use crate::domain::IdentityKey;
use crate::enrolment::EnrolmentError;

use super::record::{MAX_ATTRIBUTES, MAX_VALUE};
use crate::enrolment::record::MAX_TEXT;

/// The rows of a register file.
///
/// Its columns are `id_type`, `id_number` and `portrait` (a picture, looked for beside the file); every
/// other column is an attribute of the person by its heading. Cells that are empty are left out.
#[derive(Debug)]
pub struct IdentityList {
    pub people: Vec<ListedIdentity>,
}

/// A row of a register.
#[derive(Clone, PartialEq, Eq)]
pub struct ListedIdentity {
    /// In the file, for messages.
    pub line: u64,
    pub key: IdentityKey,
    pub portrait: PathBuf,
    pub attributes: Vec<(String, String)>,
}

/// Attributes are personal data and stay out of logs.
impl std::fmt::Debug for ListedIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ListedIdentity(line {}, redacted)", self.line)
    }
}

/// Of the file, in bytes: where a quote is missing, all that follows is one cell, and held in memory.
const MAX_FILE: u64 = 256 << 20;

const KEY_COLUMNS: [&str; 3] = ["id_type", "id_number", "portrait"];

impl IdentityList {
    /// Reads a register file.
    ///
    /// # Errors
    /// The first line that can't be imported, and why; or that the file is larger than 256 MiB.
    pub fn read(path: &Path) -> Result<Self, EnrolmentError> {
        let problem = |line: u64, problem: String| EnrolmentError::IdentityList {
            path: path.to_owned(),
            line,
            problem,
        };
        let unreadable = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            problem(line, error.to_string())
        };
        if fs::metadata(path).is_ok_and(|metadata| metadata.len() > MAX_FILE) {
            let limit = MAX_FILE >> 20;
            return Err(problem(
                1,
                format!("the file is larger than {limit} MiB; import it in parts"),
            ));
        }
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(unreadable)?;
        let headings = Headings::find(reader.headers().map_err(unreadable)?)
            .map_err(|text| problem(1, text))?;
        let folder = path.parent().unwrap_or(Path::new(""));

        let (mut people, mut seen) = (Vec::new(), HashSet::new());
        for row in reader.records() {
            let row = row.map_err(unreadable)?;
            let line = row.position().map_or(0, csv::Position::line);
            let person = headings
                .person(&row, line, folder)
                .map_err(|text| problem(line, text))?;
            if !seen.insert(person.key.clone()) {
                let text = "this ID type and number stand in an earlier line too; leave one out";
                return Err(problem(line, text.into()));
            }
            people.push(person);
        }
        Ok(Self { people })
    }
}

/// Which column is what.
struct Headings {
    /// Of [`KEY_COLUMNS`], in that order.
    keys: [usize; 3],
    attributes: Vec<(usize, String)>,
}

impl Headings {
    fn find(row: &StringRecord) -> Result<Self, String> {
        let mut keys = [usize::MAX; 3];
        let mut attributes = Vec::new();
        let mut seen = HashSet::new();
        for (column, name) in row.iter().enumerate() {
            if name.is_empty() || name.len() > MAX_TEXT {
                return Err(format!(
                    "column {} needs a heading of 1 to {MAX_TEXT} bytes",
                    column + 1
                ));
            }
            if !seen.insert(name) {
                return Err(format!("there are two columns {name:?}; rename one"));
            }
            match KEY_COLUMNS.iter().position(|key| *key == name) {
                Some(key) => keys[key] = column,
                None => attributes.push((column, name.to_owned())),
            }
        }
        if let Some(missing) = keys.iter().position(|column| *column == usize::MAX) {
            return Err(format!("there is no column {:?}", KEY_COLUMNS[missing]));
        }
        if attributes.len() > MAX_ATTRIBUTES {
            return Err(format!(
                "there are {} attributes, and {MAX_ATTRIBUTES} is the most",
                attributes.len()
            ));
        }
        Ok(Self { keys, attributes })
    }

    fn person(
        &self,
        row: &StringRecord,
        line: u64,
        folder: &Path,
    ) -> Result<ListedIdentity, String> {
        // The reader has checked that every row has as many cells as the first.
        let cell = |column: usize| row.get(column).unwrap_or_default();
        let [id_type, number, portrait] = self.keys.map(cell);
        let key = IdentityKey::new(id_type, number).map_err(|error| error.to_string())?;
        if portrait.is_empty() {
            return Err("the portrait is missing: name a picture file".into());
        }
        let filled = self.attributes.iter().filter(|(c, _)| !cell(*c).is_empty());
        let attributes = filled
            .map(|(column, name)| match cell(*column) {
                value if value.len() > MAX_VALUE => {
                    Err(format!("{name} is longer than {MAX_VALUE} bytes"))
                }
                value => Ok((name.clone(), value.to_owned())),
            })
            .collect::<Result<_, _>>()?;
        Ok(ListedIdentity {
            line,
            key,
            portrait: folder.join(portrait),
            attributes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<ListedIdentity>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("register.csv");
        std::fs::write(&path, text).unwrap();
        IdentityList::read(&path)
            .map(|list| list.people)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn columns_may_stand_in_any_order_and_empty_cells_are_left_out() {
        let people = read(
            "full_name,portrait,id_number,id_type,town\nAda \"x\",a.jpg, 12/a ,nin,\n\"B, C\",b.png,13,nin,Lagos\n",
        )
        .unwrap();
        assert_eq!(people.len(), 2);
        assert_eq!(people[0].key, IdentityKey::new("NIN", "12/A").unwrap());
        assert!(people[0].portrait.ends_with("a.jpg"));
        assert_eq!(
            people[0].attributes,
            [("full_name".into(), "Ada \"x\"".into())]
        );
        assert_eq!(
            people[1].attributes,
            [
                ("full_name".into(), "B, C".into()),
                ("town".into(), "Lagos".into())
            ]
        );
        assert_eq!((people[0].line, people[1].line), (2, 3));
        assert!(!format!("{people:?}").contains("Lagos"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let head = "id_type,id_number,portrait";
        for (text, told) in [
            (
                "id_type,portrait\nnin,a.jpg".into(),
                ":1: there is no column \"id_number\"",
            ),
            (format!("{head},a,a\n"), ":1: there are two columns \"a\""),
            (format!("{head},\n"), ":1: column 4 needs a heading"),
            (
                format!("{head}\nnin,1,a.jpg\nNIN,1,b.jpg\n"),
                ":3: this ID type and number stand in an earlier line",
            ),
            (format!("{head}\nnin,1,\n"), ":2: the portrait is missing"),
            (format!("{head}\nnin,1;2,a.jpg\n"), ":2: an ID number has"),
            (format!("{head}\nnin,1\n"), ":2: "),
            (
                format!("{head},note\nnin,1,a.jpg,{}\n", "x".repeat(5000)),
                ":2: note is longer than",
            ),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
        assert!(read("").unwrap_err().contains("no column"));
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        // Takes no room on the disk.
        file.as_file().set_len(MAX_FILE + 1).unwrap();
        let error = IdentityList::read(file.path()).unwrap_err().to_string();
        assert!(error.contains("larger than 256 MiB"), "{error}");
    }
}
