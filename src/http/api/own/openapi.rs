//! The OpenAPI document, made from the code and checked in as `docs/api/openapi.json`.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Info, OpenApi as Document};
use utoipa::{Modify, OpenApi};

use super::{door, gallery, operations, sessions};

#[derive(OpenApi)]
#[openapi(
    paths(
        operations::verify,
        operations::identify,
        gallery::enrol,
        gallery::list,
        gallery::show,
        gallery::remove,
        sessions::open,
        sessions::show,
        door::begin,
        door::show,
        door::cancel,
        operations::decisions,
        operations::health,
        operations::metrics,
        operations::openapi,
    ),
    modifiers(&Described)
)]
struct OwnApi;

struct Described;

impl Modify for Described {
    fn modify(&self, document: &mut Document) {
        document.info = Info::new("Ostiary", "1");
        document.info.description =
            Some("Face verification on the board of a door; see docs/api/own.md.".into());
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("`<id>.<secret>`, as `ostiary api key add` prints it"))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(key));
    }
}

/// The document as JSON.
#[must_use]
pub fn document() -> String {
    // It is made of plain types, which always have a JSON form.
    OwnApi::openapi().to_pretty_json().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    /// `OSTIARY_UPDATE=1 cargo test --lib openapi` writes it anew.
    #[test]
    fn the_document_is_checked_in() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api/openapi.json");
        let document = super::document() + "\n";
        if std::env::var_os("OSTIARY_UPDATE").is_some() {
            std::fs::write(path, &document).unwrap();
        }
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            checked_in == document,
            "docs/api/openapi.json is not what the code says: run this test with OSTIARY_UPDATE=1"
        );
    }
}
