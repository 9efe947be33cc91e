//! The store as its users meet it: restarts, lost keys, tampering, other models and foreign files.

mod exchange;
mod power_cut;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ostiary::domain::{
    Cosine, ModelId, Polarity, Quality, SimilarityCalibration, Subject, SubjectId, Template,
};
use ostiary::enrolment::{EnrolledReference, EnrolmentError, MAX_REFERENCES, Store, StoreKey};
use rusqlite::Connection;
use time::UtcDateTime;

const DIMENSION: usize = 192;

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn store(&self) -> Store {
        open(&self.data()).unwrap()
    }

    /// A second door onto the database, as an attacker or an accident has it.
    fn behind_the_back(&self) -> Connection {
        Connection::open(self.data().join("store.sqlite")).unwrap()
    }
}

fn open(data: &Path) -> Result<Store, EnrolmentError> {
    let key = StoreKey::load_or_create(&data.join("store.key"), data)?;
    Store::open(data, &key, &ModelId::new("m"))
}

fn id(text: &str) -> SubjectId {
    text.parse().unwrap()
}

fn subject(number: &str) -> Subject {
    Subject {
        id: id(number),
        name: Some(format!("Name of {number}")),
        consented: UtcDateTime::UNIX_EPOCH,
        expires: Some(UtcDateTime::from_unix_timestamp(4_000_000_000).unwrap()),
        duress: false,
        schedule: None,
    }
}

/// A reference whose values follow from `seed`.
fn reference_of(model: &str, seed: u32) -> EnrolledReference {
    let values = (0..DIMENSION as u32)
        .map(|k| ((seed * 31 + k * 7) % 101) as f32 - 50.5)
        .collect();
    EnrolledReference {
        template: Template::new(ModelId::new(model), values).unwrap(),
        polarity: Polarity::Positive,
        quality: Quality::new((seed % 101) as u8).unwrap(),
    }
}

fn reference(seed: u32) -> EnrolledReference {
    reference_of("m", seed)
}

fn calibration() -> SimilarityCalibration {
    SimilarityCalibration::new(vec![(-1.0, 0.0), (1.0, 1.0)]).unwrap()
}

fn enrol(store: &mut Store, number: &str, references: &[EnrolledReference]) {
    store
        .enrol(&subject(number), references, UtcDateTime::UNIX_EPOCH)
        .unwrap();
}

/// Whether two sets of references are the same but for rounding.
fn same(a: &[EnrolledReference], b: &[EnrolledReference]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            let cosine = a.template.compare(&b.template).unwrap();
            cosine > Cosine::saturating(0.9999)
                && (a.polarity, a.quality) == (b.polarity, b.quality)
        })
}

#[test]
fn what_was_enrolled_is_there_after_a_restart() {
    let place = Place::new();
    let mut store = place.store();
    let mut negative = reference(3);
    negative.polarity = Polarity::Negative;
    enrol(
        &mut store,
        "17",
        &[reference(1), reference(2), negative.clone()],
    );
    enrol(&mut store, "4", &[reference(9)]);
    drop(store);

    let store = place.store();
    let [seventeen, four] = &store.subjects().unwrap()[..] else {
        panic!("two subjects");
    };
    assert_eq!(seventeen.subject, subject("17"));
    assert_eq!((seventeen.templates, seventeen.negatives), (2, 1));
    assert_eq!((four.templates, four.negatives), (1, 0));
    let enrolment = store.enrolment(&id("17")).unwrap().unwrap();
    assert!(same(
        &enrolment.references,
        &[reference(1), reference(2), negative]
    ));

    let gallery = store.load(calibration(), DIMENSION).unwrap();
    let found = gallery
        .identify(&reference(9).template, UtcDateTime::UNIX_EPOCH)
        .unwrap();
    assert_eq!(found.best().unwrap().subject, id("4"));
    assert_eq!((gallery.subjects().len(), gallery.templates()), (2, 4));
}

#[test]
fn enrolling_again_adds_references_and_replaces_the_name() {
    let place = Place::new();
    let mut store = place.store();
    enrol(&mut store, "17", &[reference(1)]);
    let renamed = Subject {
        name: None,
        expires: None,
        ..subject("17")
    };
    let later = UtcDateTime::from_unix_timestamp(1_000).unwrap();
    let listing = store.enrol(&renamed, &[reference(2)], later).unwrap();
    assert_eq!(listing.subject, renamed);
    assert_eq!(listing.templates, 2);
    assert_eq!(listing.enrolled_at, UtcDateTime::UNIX_EPOCH);

    let many: Vec<_> = (0..MAX_REFERENCES as u32 - 1).map(reference).collect();
    let error = store.enrol(&renamed, &many, later).unwrap_err();
    assert!(matches!(
        error,
        EnrolmentError::TooManyReferences { wanted: 11, .. }
    ));
    assert!(matches!(
        store.enrol(&subject("new"), &[], later),
        Err(EnrolmentError::NoPositiveReference { .. })
    ));
    assert_eq!(store.subjects().unwrap(), [listing]);

    assert!(store.remove(&id("17")).unwrap());
    assert!(!store.remove(&id("17")).unwrap());
    assert!(store.subjects().unwrap().is_empty());
}

#[test]
fn references_of_another_model_wait_for_a_new_enrolment() {
    let place = Place::new();
    enrol(&mut place.store(), "17", &[reference(1)]);
    let key = StoreKey::load(&place.data().join("store.key"), &place.data()).unwrap();
    let mut store = Store::open(&place.data(), &key, &ModelId::new("new")).unwrap();

    let listing = &store.subjects().unwrap()[0];
    assert_eq!((listing.templates, listing.other_model), (0, 1));
    assert_eq!(store.load(calibration(), DIMENSION).unwrap().templates(), 0);
    let error = store
        .enrol(&subject("17"), &[reference(1)], UtcDateTime::UNIX_EPOCH)
        .unwrap_err();
    assert!(matches!(error, EnrolmentError::ForeignTemplate { .. }));

    enrol(&mut store, "17", &[reference_of("new", 1)]);
    let listing = &store.subjects().unwrap()[0];
    assert_eq!((listing.templates, listing.other_model), (1, 0));
    assert!(matches!(
        store.load(calibration(), 64),
        Err(EnrolmentError::Gallery(_))
    ));
}

#[test]
fn nothing_personal_rests_in_clear_and_files_are_private() {
    let place = Place::new();
    let mut store = place.store();
    enrol(&mut store, "badge-4711", &[reference(1)]);
    let first_values = reference(1).template.values()[0].to_le_bytes();
    let mut files = 0;
    for entry in fs::read_dir(place.data()).unwrap() {
        let path = entry.unwrap().path();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
        let bytes = fs::read(&path).unwrap();
        for secret in [
            b"badge-4711".as_slice(),
            b"Name of",
            &first_values.repeat(2),
        ] {
            let shown = bytes.windows(secret.len()).any(|w| w == secret);
            assert!(!shown, "{}", path.display());
        }
        files += 1;
    }
    assert_eq!(files, 4, "key, database, log and shared memory");
    let mode = fs::metadata(place.data()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_removed_record_leaves_no_ciphertext_behind() {
    let place = Place::new();
    let mut store = place.store();
    enrol(&mut store, "17", &[reference(1)]);
    let record: Vec<u8> = place
        .behind_the_back()
        .query_row("SELECT record FROM subject", [], |row| row.get(0))
        .unwrap();
    store.remove(&id("17")).unwrap();
    for file in ["store.sqlite", "store.sqlite-wal"] {
        let bytes = fs::read(place.data().join(file)).unwrap();
        let part = &record[100..132];
        assert!(!bytes.windows(32).any(|w| w == part), "{file}");
    }
}

#[test]
fn a_wrong_or_lost_key_is_told_as_such_and_overwrites_nothing() {
    let place = Place::new();
    enrol(&mut place.store(), "17", &[reference(1)]);
    let other = StoreKey::create(&place.file("other.key")).unwrap();
    let error = Store::open(&place.data(), &other, &ModelId::new("m")).unwrap_err();
    assert!(matches!(error, EnrolmentError::WrongKey { .. }), "{error}");
    assert!(error.to_string().contains("other.key"));

    let (key, hidden) = (place.data().join("store.key"), place.file("hidden"));
    fs::rename(&key, &hidden).unwrap();
    let error = open(&place.data()).unwrap_err();
    assert!(
        matches!(error, EnrolmentError::KeyMissing { .. }),
        "{error}"
    );
    assert!(!key.exists());
    fs::rename(&hidden, &key).unwrap();
    assert_eq!(place.store().subjects().unwrap().len(), 1);
}

#[test]
fn an_altered_record_is_named_and_only_it_is_lost() {
    let place = Place::new();
    let mut store = place.store();
    enrol(&mut store, "17", &[reference(1)]);
    enrol(&mut store, "18", &[reference(2)]);
    let record = |text| -> Vec<u8> {
        let all = "SELECT record FROM subject";
        let behind = place.behind_the_back();
        let mut query = behind.prepare(all).unwrap();
        let rows = query.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).nth(text).unwrap()
    };
    // Swapping two people's records would let one in as the other.
    let (a, b) = (record(0), record(1));
    let swap = "UPDATE subject SET record = CASE record WHEN ?1 THEN ?2 ELSE ?1 END";
    place.behind_the_back().execute(swap, (&a, &b)).unwrap();
    let error = store.load(calibration(), DIMENSION).unwrap_err();
    assert!(
        matches!(error, EnrolmentError::DamagedSubject { .. }),
        "{error}"
    );
    let error = store.enrolment(&id("18")).unwrap_err().to_string();
    assert!(error.contains("record of 18") && error.contains("seal is broken"));
    let again = store.enrol(&subject("18"), &[reference(3)], UtcDateTime::UNIX_EPOCH);
    assert!(
        again.is_err(),
        "what is damaged is not silently overwritten"
    );

    place.behind_the_back().execute(swap, (&a, &b)).unwrap();
    assert_eq!(store.load(calibration(), DIMENSION).unwrap().templates(), 2);

    let spoil = "UPDATE subject SET number = x'00' WHERE record = ?1";
    place.behind_the_back().execute(spoil, [&a]).unwrap();
    let error = store.subjects().unwrap_err();
    assert!(
        matches!(error, EnrolmentError::DamagedRow { .. }),
        "{error}"
    );
    store.remove(&id("17")).unwrap();
    store.remove(&id("18")).unwrap();
    assert!(store.subjects().unwrap().is_empty());
}

#[test]
fn foreign_damaged_and_newer_files_are_refused_and_left_alone() {
    let refused = |spoil: &dyn Fn(&Place)| {
        let place = Place::new();
        drop(place.store());
        let database = place.data().join("store.sqlite");
        spoil(&place);
        let before = fs::read(&database).unwrap();
        let error = open(&place.data()).unwrap_err();
        assert_eq!(fs::read(&database).unwrap(), before);
        error
    };
    let newer = refused(&|p| {
        let behind = p.behind_the_back();
        behind.pragma_update(None, "user_version", 9).unwrap();
    });
    assert!(matches!(
        newer,
        EnrolmentError::NewerSchema {
            found: 9,
            known: 1,
            ..
        }
    ));
    let foreign = refused(&|p| {
        fs::remove_file(p.data().join("store.sqlite")).unwrap();
        let behind = p.behind_the_back();
        behind.execute_batch("CREATE TABLE theirs (x)").unwrap();
    });
    assert!(
        matches!(foreign, EnrolmentError::StoreCorrupt { .. }),
        "{foreign}"
    );
    let noise = refused(&|p| fs::write(p.data().join("store.sqlite"), [b'x'; 9000]).unwrap());
    assert!(
        matches!(noise, EnrolmentError::StoreCorrupt { .. }),
        "{noise}"
    );
}
