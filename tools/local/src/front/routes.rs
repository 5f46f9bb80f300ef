//! API Gateway's route selection: the most specific path first, on one path the named method before `ANY`, `$default`
//! last.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::template::HttpRoute;

/// The routes of one API, most specific first.
#[derive(Debug)]
pub struct Routes {
    routes: Vec<HttpRoute>,
}

/// A selected route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Logical id of the function behind the route.
    pub function: String,
    /// `POST /icims/events/{secret}`.
    pub route_key: String,
    /// Path variables, percent-decoded.
    pub path_parameters: BTreeMap<String, String>,
}

impl Routes {
    /// Sorts the routes.
    #[must_use]
    pub fn new(mut routes: Vec<HttpRoute>) -> Self {
        routes.sort_by_key(|route| {
            let specificity: Vec<u8> = route.path.split('/').map(segment_rank).collect();
            (route.path == "$default", specificity, route.method == "ANY")
        });
        Self { routes }
    }

    /// The route for a method and a raw path; `None` is API Gateway's 404.
    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Option<Match> {
        self.routes.iter().find_map(|route| {
            if route.path != "$default" && route.method != "ANY" && route.method != method {
                return None;
            }
            let path_parameters =
                if route.path == "$default" { BTreeMap::new() } else { parameters(&route.path, path)? };
            Some(Match { function: route.function.clone(), route_key: route.key(), path_parameters })
        })
    }
}

fn segment_rank(segment: &str) -> u8 {
    match segment.strip_prefix('{') {
        None => 0,
        Some(name) if name.ends_with("+}") => 2,
        Some(_) => 1,
    }
}

fn parameters(pattern: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let decode = |raw: &str| percent_decode_str(raw).decode_utf8_lossy().into_owned();
    let mut found = BTreeMap::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let name = expected.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        match name {
            None if segments.next()? == expected => {}
            None => return None,
            Some(name) => {
                let segment = segments.next().filter(|segment| !segment.is_empty())?;
                if let Some(greedy) = name.strip_suffix('+') {
                    let rest: Vec<&str> = std::iter::once(segment).chain(segments.by_ref()).collect();
                    found.insert(greedy.to_owned(), decode(&rest.join("/")));
                } else {
                    found.insert(name.to_owned(), decode(segment));
                }
            }
        }
    }
    segments.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let route = |key: &str, function: &str| {
            let (method, path) = key.split_once(' ').unwrap();
            HttpRoute { method: method.to_owned(), path: path.to_owned(), function: function.to_owned() }
        };
        Routes::new(vec![
            route("POST /icims/events/{secret}", "secret"),
            route("POST /icims/events", "plain"),
            route("POST /icims/events/fixed", "fixed"),
            route("ANY /files/{path+}", "files"),
            route("PUT /crosschq/callbacks/{customer}/{secret}", "callback"),
        ])
    }

    #[test]
    fn the_most_specific_route_wins() {
        let function = |path: &str| routes().find("POST", path).map(|found| found.function);
        assert_eq!(function("/icims/events").as_deref(), Some("plain"));
        assert_eq!(function("/icims/events/fixed").as_deref(), Some("fixed"));
        assert_eq!(function("/icims/events/abc").as_deref(), Some("secret"));
        assert_eq!(function("/icims/events/"), None);
        assert_eq!(function("/icims/events/a/b"), None);
    }

    #[test]
    fn a_method_without_a_route_is_not_found() {
        assert_eq!(routes().find("GET", "/icims/events"), None);
        assert!(routes().find("GET", "/files/a/b").is_some());
    }

    #[test]
    fn path_variables_are_percent_decoded_and_greedy_ones_take_the_rest() {
        let found = routes().find("PUT", "/crosschq/callbacks/c%2F1/s").unwrap();
        assert_eq!(found.path_parameters["customer"], "c/1");
        assert_eq!(found.route_key, "PUT /crosschq/callbacks/{customer}/{secret}");
        assert_eq!(routes().find("GET", "/files/a/b%20c").unwrap().path_parameters["path"], "a/b c");
    }
}
