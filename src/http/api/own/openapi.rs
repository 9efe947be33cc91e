//! The OpenAPI document, made from the code and checked in as `docs/api/openapi.json`.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Info, OpenApi as Document};
use utoipa::{Modify, OpenApi};

use super::{gallery, operations};

#[derive(OpenApi)]
#[openapi(
    paths(
        operations::verify,
        operations::identify,
        gallery::enrol,
        gallery::list,
        gallery::show,
        gallery::remove,
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
