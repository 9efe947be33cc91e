//! Where a caller wants the board or a browser to go.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::http::api::fetch::Fetcher;
use ostiary::http::api::sessions::{is_web_address, with_query};
use ostiary_fuzz::assert_plain;

fuzz_target!(|url: &str| {
    thread_local!(static FETCHER: Fetcher =
        Fetcher::new(&["a.example".into(), "127.0.0.1:8080".into()]).unwrap());
    match FETCHER.with(|fetcher| fetcher.check(url)) {
        Ok(()) => assert!(is_web_address(url), "{url}"),
        Err(error) => assert_plain(&error.to_string()),
    }
    if is_web_address(url) {
        let address = with_query(url, &[("status", "a&b".into())]).unwrap();
        assert!(
            is_web_address(&address) || address.len() > 2048,
            "{address}"
        );
    }
});
