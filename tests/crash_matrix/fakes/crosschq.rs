//! Crosschq: requests, and what a create does with and without an idempotency key that means something.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use connector_core::domain::{
    CancelReason, Contact, CorrelationId, Customer, Link, Order, Progress, ReferenceRequest, RequestId, Stage,
};
use connector_core::ports::{
    CancelOutcome, Clock, CreateError, ProviderError, ReferenceProvider, RequestQuery, Survey,
};

/// What this Crosschq offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offers {
    /// A create with a known idempotency key is answered with the first request.
    pub idempotency: bool,
    /// A second open request for a candidate and survey is refused with 409 (docs/vendors/crosschq.md §9.4).
    pub refuses_second_open: bool,
    /// Look-up by external id.
    pub search: bool,
    /// Cancelling by the API.
    pub cancel: bool,
    /// Whether the external id is told back.
    pub echo: bool,
}

impl Default for Offers {
    fn default() -> Self {
        Self { idempotency: true, refuses_second_open: true, search: false, cancel: true, echo: false }
    }
}

#[derive(Default)]
struct Inner {
    requests: Vec<(String, ReferenceRequest)>,
    replays: BTreeMap<String, RequestId>,
}

/// [`ReferenceProvider`] in memory.
pub(crate) struct FakeCrosschq {
    offers: Offers,
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

fn link(text: &str) -> Option<Link> {
    Link::parse(&format!("https://app.crosschq.com/{text}"))
}

impl FakeCrosschq {
    pub(crate) fn new(offers: Offers, clock: Arc<dyn Clock>) -> Self {
        Self { offers, clock, inner: Mutex::default() }
    }

    /// Every request, by our external id.
    pub(crate) fn requests(&self) -> Vec<(String, ReferenceRequest)> {
        self.inner.lock().unwrap().requests.clone()
    }

    /// Somebody does something to a request; `false` if it has ended.
    pub(crate) fn step(&self, request: &RequestId, stage: Stage) -> bool {
        let now = self.clock.now();
        let mut inner = self.inner.lock().unwrap();
        let Some((_, found)) = inner.requests.iter_mut().find(|(_, found)| found.id == *request) else { return false };
        if !found.stage.is_open() {
            return false;
        }
        found.stage = stage;
        found.updated_at = Some(now);
        if stage == Stage::Completed {
            found.progress = Progress { answered: 2, asked: 2 };
            found.report = link("report");
            found.full_pdf = link("report.pdf");
            found.score = Some(87.5);
        }
        true
    }
}

#[async_trait]
impl ReferenceProvider for FakeCrosschq {
    async fn create(&self, _: &Customer, order: &Order, _: &CorrelationId) -> Result<RequestId, CreateError> {
        let now = self.clock.now();
        let mut inner = self.inner.lock().unwrap();
        if self.offers.idempotency
            && let Some(first) = inner.replays.get(&order.external_id)
        {
            return Ok(first.clone());
        }
        let twin = |found: &ReferenceRequest| {
            found.stage.is_open() && found.candidate.email.as_ref() == Some(&order.candidate.email)
        };
        if self.offers.refuses_second_open && inner.requests.iter().any(|(_, found)| twin(found)) {
            return Err(CreateError::AlreadyExists);
        }
        let id = RequestId::parse(format!("6b1f0000-0000-4000-8000-{:012}", inner.requests.len() + 1)).unwrap();
        let request = ReferenceRequest {
            id: id.clone(),
            external_id: self.offers.echo.then(|| order.external_id.clone()),
            stage: Stage::Requested,
            past_due: false,
            concluded_early: false,
            progress: Progress::default(),
            report: None,
            full_pdf: None,
            score: None,
            fraud_risk: None,
            created_at: Some(now),
            updated_at: Some(now),
            candidate: Contact { email: Some(order.candidate.email.clone()), ..Contact::default() },
            position: Some(order.position.clone()),
        };
        inner.requests.push((order.external_id.clone(), request));
        inner.replays.insert(order.external_id.clone(), id.clone());
        Ok(id)
    }

    async fn read(&self, _: &Customer, request: &RequestId) -> Result<ReferenceRequest, ProviderError> {
        let requests = self.requests();
        requests
            .into_iter()
            .find(|(_, found)| found.id == *request)
            .map(|(_, found)| found)
            .ok_or(ProviderError::NotFound)
    }

    async fn find(&self, _: &Customer, query: &RequestQuery<'_>) -> Result<Vec<ReferenceRequest>, ProviderError> {
        if !self.offers.search {
            return Err(ProviderError::Unsupported);
        }
        let ours = self.requests().into_iter().filter(|(known, _)| known == query.external_id);
        Ok(ours.map(|(_, found)| found).collect())
    }

    async fn cancel(&self, _: &Customer, request: &RequestId, _: CancelReason) -> Result<CancelOutcome, ProviderError> {
        if !self.offers.cancel {
            return Err(ProviderError::Unsupported);
        }
        let now = self.clock.now();
        let mut inner = self.inner.lock().unwrap();
        let Some((_, found)) = inner.requests.iter_mut().find(|(_, found)| found.id == *request) else {
            return Ok(CancelOutcome::Gone);
        };
        match found.stage {
            Stage::Completed => Ok(CancelOutcome::AlreadyCompleted),
            Stage::Cancelled => Ok(CancelOutcome::Cancelled),
            _ => {
                found.stage = Stage::Cancelled;
                found.updated_at = Some(now);
                Ok(CancelOutcome::Cancelled)
            }
        }
    }

    async fn surveys(&self, _: &Customer) -> Result<Vec<Survey>, ProviderError> {
        Ok(Vec::new())
    }

    async fn fetch_pdf(&self, _: &Customer, _: &Link) -> Result<Vec<u8>, ProviderError> {
        Ok(b"%PDF-1.7".to_vec())
    }
}
