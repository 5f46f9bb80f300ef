//! Signatures made step by step as docs/vendors/icims.md §1.4 describes, not with the code under test.

use super::super::testing::{RECORDED, body, customer, gzip, push, secrets};
use super::*;
use crate::domain::AuthMode;

const DATE_SENT: &str = "2017-10-18T14:53:40+0000";
/// [`DATE_SENT`] in seconds since the epoch.
const SENT: Timestamp = Timestamp::from_s(1_508_338_420);

/// What one signed push is made of; each test changes one thing.
struct Signer {
    key: String,
    user: String,
    path: String,
    query: String,
    host: String,
    date: String,
    content_type: String,
    signed: &'static str,
    comma: &'static str,
}

impl Default for Signer {
    fn default() -> Self {
        Self {
            key: "key-2187-v2".to_owned(),
            user: "signer".to_owned(),
            path: "/icims/events".to_owned(),
            query: String::new(),
            host: "connector.example.com".to_owned(),
            date: DATE_SENT.to_owned(),
            content_type: "application/json".to_owned(),
            signed: "content-type;host;x-icims-content-sha256;x-icims-date",
            comma: ",",
        }
    }
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    // RFC 2104 by hand: two rounds over a padded key of one block.
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with).to_vec();
    let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

impl Signer {
    /// The push that sends `sent`, with the hash of `hashed`.
    fn sign(&self, sent: &[u8], hashed: &[u8]) -> Push {
        let hash = hex::encode(Sha256::digest(hashed));
        let mut canonical = String::new();
        canonical += "POST\n";
        canonical += &format!("{}\n", self.path);
        canonical += &format!("{}\n", self.query);
        for name in self.signed.split(';') {
            let value = match name {
                "content-type" => &self.content_type,
                "host" => &self.host,
                "x-icims-content-sha256" => &hash,
                "x-icims-date" => &self.date,
                other => panic!("{other}"),
            };
            canonical += &format!("{name}:{value}\n");
        }
        canonical += "\n";
        canonical += self.signed;
        let to_sign =
            format!("x-icims-v1-hmac-sha256\n{}\n{}", self.date, hex::encode(Sha256::digest(canonical.as_bytes())));
        let signature = hex::encode(hmac_sha256(self.key.as_bytes(), to_sign.as_bytes()));
        let comma = self.comma;
        let header = format!(
            "x-icims-v1-hmac-sha256 user={}{comma}signedheaders={}{comma}signature={signature}",
            self.user, self.signed
        );
        let mut push = push(
            &[
                ("authorization", &header),
                ("host", &self.host),
                ("content-type", &self.content_type),
                ("x-icims-date", &self.date),
                ("x-icims-content-sha256", &hash),
            ],
            sent,
        );
        push.raw_path.clone_from(&self.path);
        push.raw_query.clone_from(&self.query);
        push
    }

    fn sign_recorded(&self) -> Push {
        self.sign(RECORDED.as_bytes(), RECORDED.as_bytes())
    }
}

fn settings() -> PushAuth {
    customer("2187", &[AuthMode::Hmac]).settings.icims.push
}

fn verdict(push: &Push) -> Verdict {
    verify(push, &body(&push.body), &secrets("2187"), &settings(), SENT)
}

#[test]
fn the_recorded_body_has_the_recorded_hash() {
    let recorded = r#"{"systemId":"244","customerId":"6268","links":[{"rel":"user","title":"Posting User","url":"https://api.icims.com/customers/6268/people/244"}],"eventType":"RemoteLoginEvent","returnUrl":"https://i9everifysandbox.icims.com","userId":"244"}"#;
    let hash = digest_of("b5ce232084d42376299a7d4d4f1ac4f03b699012074a07d11aa577c9fef28233").unwrap();
    assert_eq!(recorded.len(), 237);
    assert_eq!(covered(&body(recorded.as_bytes()), &hash), Some(()));
    assert_eq!(covered(&body(&gzip(recorded.as_bytes())), &hash), Some(()));
    assert_eq!(covered(&body(recorded.replace("244", "245").as_bytes()), &hash), None);
}

#[test]
fn a_signed_push_is_believed_in_all_its_spellings() {
    for signer in [
        Signer::default(),
        Signer { key: "key-2187-v1".to_owned(), ..Signer::default() },
        Signer { comma: ", ", ..Signer::default() },
        Signer { signed: "host;x-icims-content-sha256;x-icims-date", ..Signer::default() },
        Signer { path: "/icims/events/path-2187".to_owned(), query: "a=1&b=%20".to_owned(), ..Signer::default() },
        Signer { date: "2017-10-18T14:53:40Z".to_owned(), ..Signer::default() },
        Signer { date: "2017-10-18T10:53:40-04:00".to_owned(), ..Signer::default() },
    ] {
        assert_eq!(verdict(&signer.sign_recorded()), Verdict::Proven);
    }
}

#[test]
fn the_hash_may_cover_the_compressed_or_the_plain_bytes() {
    let zipped = gzip(RECORDED.as_bytes());
    assert_eq!(verdict(&Signer::default().sign(&zipped, &zipped)), Verdict::Proven);
    assert_eq!(verdict(&Signer::default().sign(&zipped, RECORDED.as_bytes())), Verdict::Proven);
}

#[test]
fn an_altered_body_is_refused() {
    let altered = RECORDED.replace("20786", "20787");
    let push = Signer::default().sign(altered.as_bytes(), RECORDED.as_bytes());
    assert_eq!(verdict(&push), Verdict::Refused("HMAC: the body is not the one that was signed"));
}

#[test]
fn an_altered_body_with_its_own_hash_is_refused() {
    let altered = RECORDED.replace("20786", "20787");
    let mut push = Signer::default().sign(altered.as_bytes(), RECORDED.as_bytes());
    let hash = hex::encode(Sha256::digest(altered.as_bytes()));
    push.headers.insert(CONTENT_HASH, hash.parse().unwrap());
    assert_eq!(verdict(&push), Verdict::Refused("HMAC: signature"));
}

#[test]
fn a_signature_that_leaves_the_body_host_or_date_uncovered_is_refused() {
    for (signed, why) in [
        ("host;x-icims-date", "HMAC: x-icims-content-sha256 is not signed"),
        ("x-icims-content-sha256;x-icims-date", "HMAC: host is not signed"),
        ("host;x-icims-content-sha256", "HMAC: x-icims-date is not signed"),
    ] {
        let push = Signer { signed, ..Signer::default() }.sign_recorded();
        assert_eq!(verdict(&push), Verdict::Refused(why));
    }
}

#[test]
fn the_documented_sample_is_believed_only_where_the_customer_chose_so() {
    let documented = Signer { signed: "host;x-icims-date", ..Signer::default() };
    let push = documented.sign_recorded();
    assert!(matches!(verdict(&push), Verdict::Refused(_)));
    let chosen = PushAuth { hmac_signed_headers: vec!["host".to_owned(), "x-icims-date".to_owned()], ..settings() };
    let verdict = |push: &Push, now| verify(push, &body(&push.body), &secrets("2187"), &chosen, now);
    assert_eq!(verdict(&push, SENT), Verdict::Proven);
    let mut unhashed = push.clone();
    unhashed.headers.remove(CONTENT_HASH);
    assert_eq!(verdict(&unhashed, SENT), Verdict::Proven);
    // What is signed besides is still held against the body, and the date against the clock.
    let altered = Signer::default().sign(b"{}", RECORDED.as_bytes());
    assert_eq!(verdict(&altered, SENT), Verdict::Refused("HMAC: the body is not the one that was signed"));
    let later = Timestamp::from_s(SENT.s() + 301);
    assert_eq!(verdict(&push, later), Verdict::Refused("HMAC: x-icims-date is too far from now"));
    let undated = Signer { signed: "host", ..Signer::default() }.sign_recorded();
    assert_eq!(verdict(&undated, SENT), Verdict::Refused("HMAC: x-icims-date is not signed"));
}

#[test]
fn another_path_query_host_or_method_breaks_the_signature() {
    let signed = Signer::default().sign_recorded();
    let changes: [fn(&mut Push); 4] = [
        |push| push.raw_path.push('x'),
        |push| push.raw_query.push('x'),
        |push| push.headers.insert("host", "other.example.com".parse().unwrap()).map_or((), drop),
        |push| push.method = http::Method::PUT,
    ];
    for change in changes {
        let mut push = signed.clone();
        change(&mut push);
        assert_eq!(verdict(&push), Verdict::Refused("HMAC: signature"));
    }
}

#[test]
fn the_configured_host_is_the_signed_one_where_a_proxy_rewrites_host() {
    let mut push = Signer::default().sign_recorded();
    push.headers.insert("host", "abc.execute-api.us-east-1.amazonaws.com".parse().unwrap());
    let public = PushAuth { signed_host: Some("connector.example.com".to_owned()), ..settings() };
    let verdict = verify(&push, &body(&push.body), &secrets("2187"), &public, SENT);
    assert_eq!(verdict, Verdict::Proven);
}

#[test]
fn the_clock_may_differ_by_the_allowed_skew_and_no_more() {
    let push = Signer::default().sign_recorded();
    for (skew_s, good) in [(300, true), (301, false), (-300, true), (-301, false)] {
        let now = Timestamp::from_s(SENT.s() + skew_s);
        let verdict = verify(&push, &body(&push.body), &secrets("2187"), &settings(), now);
        assert_eq!(verdict == Verdict::Proven, good, "{skew_s} s: {verdict:?}");
    }
}

#[test]
fn another_customers_key_and_another_user_are_refused() {
    for signer in [
        Signer { key: "key-6268-v2".to_owned(), ..Signer::default() },
        Signer { user: "signer2".to_owned(), ..Signer::default() },
    ] {
        assert_eq!(verdict(&signer.sign_recorded()), Verdict::Refused("HMAC: signature"));
    }
}

#[test]
fn a_header_that_cannot_be_read_is_refused() {
    let signature = "0".repeat(64);
    for header in [
        "x-icims-v1-hmac-sha256 user=a".to_owned(),
        format!("x-icims-v1-hmac-sha256 user=a,user=b,signedheaders=host,signature={signature}"),
        "x-icims-v1-hmac-sha256 user=a,signedheaders=host,signature=00".to_owned(),
        "x-icims-v1-hmac-sha256 nonsense".to_owned(),
    ] {
        let mut push = Signer::default().sign_recorded();
        push.headers.insert("authorization", header.parse().unwrap());
        assert_eq!(verdict(&push), Verdict::Refused("HMAC: the header cannot be read"), "{header}");
    }
}
