//! Keeps other sites' pages away from the preview.

use axum::extract::Request;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Only what the page itself brings may run, and no other site may frame it or embed its pictures.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Refuses requests by any name but loopback's own, and adds the headers above to every answer.
///
/// A site whose name is made to resolve to 127.0.0.1 (DNS rebinding) counts as the same origin for
/// a browser; its name in `Host` gives it away.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    let answer = if host
        .and_then(|host| host.to_str().ok())
        .is_some_and(is_loopback)
    {
        next.run(request).await
    } else {
        let advice = "This page is only served as http://localhost or http://127.0.0.1.\n";
        (StatusCode::MISDIRECTED_REQUEST, advice).into_response()
    };
    (HEADERS, answer).into_response()
}

/// Whether a `Host` header, with or without a port, names loopback.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "[::1]"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_pass() {
        for host in [
            "localhost",
            "LocalHost:80",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:80",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            ":80",
            "evil.example",
            "localhost.evil.example",
            "localhost:80.evil.example",
            "evil.example:127.0.0.1",
            "127.0.0.1.evil.example:80",
            "[::1",
            "::1",
            "0.0.0.0:80",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
