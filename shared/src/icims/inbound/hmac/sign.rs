//! The other side of the signature: what iCIMS adds to a push (docs/vendors/icims.md §1.4). For the smoke test of a
//! deployment.

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::*;
use crate::ports::BasicPair;

/// What iCIMS signs in pushes that were recorded.
const SIGNED: [&str; 4] = ["content-type", "host", CONTENT_HASH, DATE];

/// Signs a push as iCIMS does: adds `x-icims-date`, `x-icims-content-sha256` over the body as it is sent, and
/// `Authorization`. The push must already carry `content-type` and `host`, and what else the customer's settings want
/// signed; where they name a host that one is signed in place of `host`.
///
/// # Errors
/// What is missing, or cannot stand in a header.
pub fn sign(push: &mut Push, pair: &BasicPair, settings: &PushAuth, at: Timestamp) -> Result<(), &'static str> {
    const UNFIT: &str = "HMAC: user or date cannot stand in a header";
    let date = OffsetDateTime::from_unix_timestamp(at.s()).map(date_of).map_err(|_| UNFIT)?;
    let hash = hex::encode(Sha256::digest(&push.body));
    for (name, value) in [(DATE, &date), (CONTENT_HASH, &hash)] {
        push.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).map_err(|_| UNFIT)?);
    }
    let names: BTreeSet<&str> =
        SIGNED.into_iter().chain(settings.hmac_signed_headers.iter().map(String::as_str)).collect();
    let canonical = canonical_request(push, &names, settings)
        .ok_or("HMAC: content-type, host or another header to sign is not set")?;
    let to_sign = format!("{SCHEME}\n{date}\n{}", hex::encode(Sha256::digest(canonical)));
    let mut mac = Hmac::<Sha256>::new_from_slice(pair.password.expose_secret().as_bytes())
        .map_err(|_| "HMAC: the key cannot be used")?;
    mac.update(to_sign.as_bytes());
    let header = format!(
        "{SCHEME} user={},signedheaders={},signature={}",
        pair.user.expose_secret(),
        names.into_iter().collect::<Vec<_>>().join(";"),
        hex::encode(mac.finalize().into_bytes())
    );
    let mut header = HeaderValue::from_str(&header).map_err(|_| UNFIT)?;
    header.set_sensitive(true);
    push.headers.insert(AUTHORIZATION, header);
    Ok(())
}

/// iCIMS' own format: no colon in the offset.
fn date_of(at: OffsetDateTime) -> String {
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+0000",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{RECORDED, body, customer, gzip, push, secrets};
    use super::super::super::{Push, authenticate};
    use super::*;
    use crate::domain::{AuthMode, Customer};
    use crate::failure::Failure;

    /// 2017-10-18T14:53:40Z.
    const AT: Timestamp = Timestamp::from_s(1_508_338_420);
    const HEADERS: [(&str, &str); 2] = [("content-type", "application/json"), ("host", "connector.example.com")];

    fn accepting(signed_host: Option<&str>) -> Customer {
        let mut customer = customer("2187", &[AuthMode::Hmac]);
        customer.settings.icims.push.signed_host = signed_host.map(str::to_owned);
        customer
    }

    fn signed(sent: &[u8], signed_host: Option<&str>) -> Push {
        let mut push = push(&HEADERS, sent);
        let pair = secrets("2187").current.push.hmac.unwrap();
        sign(&mut push, &pair, &accepting(signed_host).settings.icims.push, AT).unwrap();
        push
    }

    fn verdict(push: &Push, signed_host: Option<&str>) -> Result<AuthMode, Failure> {
        let customer = accepting(signed_host);
        authenticate(&customer, &secrets("2187"), push, &body(&push.body), AT)
    }

    #[test]
    fn what_is_signed_here_is_believed_by_the_verifier_plain_and_compressed() {
        for sent in [RECORDED.as_bytes().to_vec(), gzip(RECORDED.as_bytes())] {
            assert_eq!(verdict(&signed(&sent, None), None), Ok(AuthMode::Hmac));
        }
        let proxied = signed(RECORDED.as_bytes(), Some("public.example.com"));
        assert_eq!(verdict(&proxied, Some("public.example.com")), Ok(AuthMode::Hmac));
        assert!(verdict(&proxied, None).is_err());
    }

    #[test]
    fn whatever_changes_after_signing_is_noticed() {
        let change: [fn(&mut Push); 5] = [
            |push| push.raw_path.push('x'),
            |push| push.raw_query.push('x'),
            |push| push.body = RECORDED.replace("13437", "13438").into_bytes().into(),
            |push| drop(push.headers.insert("host", HeaderValue::from_static("elsewhere.example.com"))),
            |push| drop(push.headers.insert(DATE, HeaderValue::from_static("2017-10-18T14:53:41+0000"))),
        ];
        for change in change {
            let mut push = signed(RECORDED.as_bytes(), None);
            change(&mut push);
            assert!(verdict(&push, None).is_err());
        }
    }

    #[test]
    fn the_header_is_the_one_that_was_recorded_but_for_its_signature() {
        let push = signed(RECORDED.as_bytes(), None);
        assert_eq!(push.headers[DATE], "2017-10-18T14:53:40+0000");
        let header = push.headers["authorization"].to_str().unwrap();
        let expected = "x-icims-v1-hmac-sha256 user=signer,signedheaders=content-type;host;x-icims-content-sha256;x-icims-date,signature=";
        assert!(header.starts_with(expected) && header.len() == expected.len() + 64, "{header}");
        assert!(push.headers["authorization"].is_sensitive());
    }

    #[test]
    fn a_header_that_a_customer_wants_signed_besides_is_signed_too() {
        let mut customer = accepting(None);
        customer.settings.icims.push.hmac_signed_headers.push("user-agent".to_owned());
        let mut push = push(&[HEADERS[0], HEADERS[1], ("user-agent", "sample")], RECORDED.as_bytes());
        let pair = secrets("2187").current.push.hmac.unwrap();
        let believed = |push: &Push| authenticate(&customer, &secrets("2187"), push, &body(&push.body), AT);
        sign(&mut push, &pair, &accepting(None).settings.icims.push, AT).unwrap();
        assert!(believed(&push).is_err());
        sign(&mut push, &pair, &customer.settings.icims.push, AT).unwrap();
        assert_eq!(believed(&push), Ok(AuthMode::Hmac));
    }

    #[test]
    fn a_push_without_host_is_not_signed() {
        let mut bare = push(&HEADERS[..1], b"{}");
        let pair = secrets("2187").current.push.hmac.unwrap();
        assert!(sign(&mut bare, &pair, &accepting(None).settings.icims.push, AT).is_err());
    }
}
