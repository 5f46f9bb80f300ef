//! Whether a request at Crosschq is the one that a check's create led to: the one place that compares them.

use crate::domain::{Check, Customer, ReferenceRequest};
use crate::failure::Failure;
use crate::ports::Fingerprints;

/// How much a request resembles what a check's create sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::flows) enum Likeness {
    /// It bears the check's own id.
    Ours,
    /// It is about the candidate and the position, and can be of no other order.
    Certain,
    /// It is about the candidate, and may be another order's: of another position, or it has ended and Crosschq does not
    /// say when it began.
    Uncertain,
    /// It is not.
    None,
}

/// Compares a request with what a check's create sent, by id or by fingerprint.
pub(in crate::flows) async fn likeness(
    fingerprints: &dyn Fingerprints,
    customer: &Customer,
    check: &Check,
    request: &ReferenceRequest,
) -> Result<Likeness, Failure> {
    if let Some(external_id) = &request.external_id {
        return Ok(if *external_id == check.external_id() { Likeness::Ours } else { Likeness::None });
    }
    let (Some(sent), Some(email)) = (check.fingerprint(), &request.candidate.email) else { return Ok(Likeness::None) };
    if request.is_older_than(check.timing.created_at) {
        return Ok(Likeness::None);
    }
    let position = request.position.as_deref();
    let seen = fingerprints.of(&customer.id, email, position.unwrap_or_default()).await?;
    let Some(seen) = seen.into_iter().find(|seen| seen.address == sent.address) else { return Ok(Likeness::None) };
    let same_position = position.is_none() || seen.position == sent.position;
    let ageless = request.created_at.is_none() && !request.stage.is_open();
    Ok(if same_position && !ageless { Likeness::Certain } else { Likeness::Uncertain })
}
