//! A register of people as CSV.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::enrolment::IdentityList;
use ostiary_fuzz::file;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(list) = IdentityList::read(&file("register.csv", bytes)) {
        assert!(
            list.people
                .iter()
                .all(|person| person.attributes.len() <= 64)
        );
    }
});
