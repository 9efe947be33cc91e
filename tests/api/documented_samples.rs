//! The sample answers of the documents, held against the contracts that our answers are held against.

use serde_json::Value;

use crate::server::root;
use crate::{contract, decentro, didit, kairos, verifik};

/// The JSON objects in a text, outermost ones only.
fn objects(text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        rest = &rest[start..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                found.push(value);
                rest = &rest[values.byte_offset()..];
            }
            _ => rest = &rest[1..],
        }
    }
    found
}

/// The transaction's number has another length in each sample; there is no speech challenge.
const DIFFERING: [&str; 2] = [".decentroTxnId", ".data.audioMatchResults"];

#[test]
fn the_contracts_have_every_field_of_every_sample() {
    let folder = root("../shared/seeds");
    let Ok(documents) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not here", folder.display());
        return;
    };
    let contracts = [
        ("api_req_uid", vec![kairos::documented()]),
        ("signature", vec![verifik::documented()]),
        ("face", vec![didit::report()]),
        ("decentroTxnId", decentro::answers()),
    ];
    let mut held = [0; 4];
    for document in documents {
        let bytes = std::fs::read(document.unwrap().path()).unwrap();
        for sample in objects(&String::from_utf8_lossy(&bytes)) {
            for ((key, contracts), held) in contracts.iter().zip(&mut held) {
                if sample.get(key).is_none() {
                    continue;
                }
                let is_of = |contract: &&Value| match (contract.get("data"), sample.get("data")) {
                    (Some(Value::Object(ours)), Some(Value::Object(theirs))) => {
                        theirs.keys().all(|key| ours.contains_key(key))
                    }
                    (ours, theirs) => ours.is_none() && theirs.is_none(),
                };
                let contract = contracts.iter().find(is_of);
                let contract = contract.unwrap_or_else(|| panic!("no contract for {sample}"));
                contract::covers(contract, &sample, &DIFFERING);
                *held += 1;
            }
        }
    }
    assert_eq!(held, [1, 1, 1, 4], "samples found");
}
