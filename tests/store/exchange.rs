//! Galleries carried from door to door.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use ostiary::domain::ModelId;
use ostiary::enrolment::{EnrolmentError, Imported, Store, StoreKey};

use super::{Place, enrol, id, reference, same};

const PASSPHRASE: &str = "correct horse battery";

#[test]
fn an_export_opens_at_another_door() {
    let (here, there) = (Place::new(), Place::new());
    let mut store = here.store();
    enrol(&mut store, "17", &[reference(1), reference(2)]);
    enrol(&mut store, "18", &[reference(3)]);
    let file = here.file("gallery.ostiary");
    let exported = store.export(&file, PASSPHRASE).unwrap();
    assert_eq!((exported.subjects, exported.left_out), (2, 0));
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );

    let mut other = there.store();
    enrol(&mut other, "18", &[reference(7), reference(8)]);
    enrol(&mut other, "19", &[reference(9)]);
    let imported = other.import(&file, PASSPHRASE).unwrap();
    assert_eq!(
        imported,
        Imported {
            added: 1,
            replaced: 1
        }
    );
    let counts: Vec<_> = other
        .subjects()
        .unwrap()
        .iter()
        .map(|l| (l.subject.id.to_string(), l.templates))
        .collect();
    assert_eq!(
        counts,
        [("17".into(), 2), ("18".into(), 1), ("19".into(), 1)]
    );
    let enrolment = other.enrolment(&id("17")).unwrap().unwrap();
    assert!(same(&enrolment.references, &[reference(1), reference(2)]));
}

#[test]
fn a_bad_export_is_refused_with_its_reason_and_changes_nothing() {
    use EnrolmentError as E;
    let place = Place::new();
    let mut store = place.store();
    enrol(&mut store, "17", &[reference(1)]);
    let good = place.file("good");
    assert!(matches!(
        store.export(&good, "short"),
        Err(E::ShortPassphrase { .. })
    ));
    store.export(&good, PASSPHRASE).unwrap();
    assert!(matches!(
        store.export(&good, PASSPHRASE),
        Err(E::FileExists { .. })
    ));
    store.remove(&id("17")).unwrap();

    let bytes = fs::read(&good).unwrap();
    let mut import = |bytes: &[u8], passphrase: &str| {
        let file = place.file("bad");
        fs::write(&file, bytes).unwrap();
        store.import(&file, passphrase).unwrap_err()
    };
    assert!(matches!(
        import(&bytes, "wrong passphrase"),
        E::WrongPassphrase { .. }
    ));
    for cut in [8, 30, 71, 72, bytes.len() - 1] {
        assert!(
            matches!(import(&bytes[..cut], PASSPHRASE), E::ExportLength { .. }),
            "{cut}"
        );
    }
    let longer = [bytes.as_slice(), b"x"].concat();
    assert!(matches!(
        import(&longer, PASSPHRASE),
        E::ExportLength { .. }
    ));
    assert!(matches!(import(b"", PASSPHRASE), E::NotAnExport { .. }));
    assert!(matches!(
        import(b"PK\x03\x04 a zip", PASSPHRASE),
        E::NotAnExport { .. }
    ));
    let altered = |at: usize| {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        altered
    };
    assert!(matches!(
        import(&altered(7), PASSPHRASE),
        E::ExportVersion { found: '0', .. }
    ));
    assert!(matches!(
        import(&altered(100), PASSPHRASE),
        E::DamagedExport { .. }
    ));

    let key = StoreKey::load(&place.data().join("store.key"), &place.data()).unwrap();
    let mut other = Store::open(&place.data(), &key, &ModelId::new("new")).unwrap();
    let error = other.import(&good, PASSPHRASE).unwrap_err().to_string();
    assert!(
        error.contains("of model m, and this store is of model new"),
        "{error}"
    );
    assert!(store.subjects().unwrap().is_empty());

    fs::File::create(place.file("huge"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let error = store.import(&place.file("huge"), PASSPHRASE).unwrap_err();
    assert!(matches!(error, E::ExportTooLarge { .. }), "{error}");
}
