//! What we ask of Crosschq: a template expanded for one candidate.

use std::collections::BTreeMap;

use super::{
    AutoConclude, Candidate, Check, Email, HiringManagerRule, Name, Refusal, Relationship, Requisition, SurveyId,
    Template,
};
use super::{Contact, Notifications, ReferenceNote};

/// A member of staff with all that Crosschq wants of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    pub first_name: Name,
    pub last_name: Name,
    pub email: Email,
}

impl Staff {
    /// From a contact, if nothing is missing.
    pub fn from_contact(contact: &Contact) -> Option<Self> {
        Some(Self {
            first_name: contact.first_name.clone()?,
            last_name: contact.last_name.clone()?,
            email: contact.email.clone()?,
        })
    }
}

/// One reference request to be created. Holds personal data: built, sent, dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// [`Check::external_id`]; the same in every try, so it also serves as idempotency key.
    pub external_id: String,
    pub candidate: Candidate,
    pub survey: SurveyId,
    /// The position shown, at most 75 characters (docs/vendors/crosschq.md §1.5).
    pub position: String,
    pub requester: Email,
    /// Who will manage the hire.
    pub hiring_manager: Option<Staff>,
    pub references: BTreeMap<Relationship, u8>,
    /// How many more of any kind.
    pub any_references: u8,
    pub notes: Vec<ReferenceNote>,
    pub candidate_message: Option<String>,
    pub notifications: Notifications,
    /// Closing without all references.
    pub auto_conclude: Option<AutoConclude>,
    pub template_tag: String,
}

/// Makes a candidate of a contact.
///
/// # Errors
/// [`Refusal::NoEmail`] or [`Refusal::NoName`].
pub fn candidate_of(contact: Contact) -> Result<Candidate, Refusal> {
    let email = contact.email.ok_or(Refusal::NoEmail)?;
    let (Some(first_name), Some(last_name)) = (contact.first_name, contact.last_name) else {
        return Err(Refusal::NoName);
    };
    Ok(Candidate { first_name, last_name, email, mobile: contact.mobile })
}

impl Order {
    /// The longest position, in characters.
    pub const POSITION_MAX_CHARS: usize = 75;

    /// The position shown: the template's, else the requisition's title, else the template's name.
    pub fn position(template: &Template, requisition: &Requisition) -> String {
        let position = template.position.as_ref().or(requisition.title.as_ref()).unwrap_or(&template.name);
        position.trim().chars().take(Self::POSITION_MAX_CHARS).collect()
    }

    /// What Crosschq is asked to create for a check.
    pub fn new(
        check: &Check,
        template: &Template,
        candidate: Candidate,
        requisition: &Requisition,
        requester: Email,
        hiring_manager: Option<Staff>,
    ) -> Self {
        let hiring_manager = match &template.hiring_manager {
            HiringManagerRule::None => None,
            HiringManagerRule::FromRequisition => hiring_manager,
            HiringManagerRule::Fixed { first_name, last_name, email } => Staff::from_contact(&Contact {
                first_name: Name::parse(first_name),
                last_name: Name::parse(last_name),
                email: Email::parse(email),
                mobile: None,
            }),
        };
        Self {
            external_id: check.external_id(),
            candidate,
            survey: template.survey.clone(),
            position: Self::position(template, requisition),
            requester,
            hiring_manager,
            references: template.references.clone(),
            any_references: template.any_references,
            notes: template.notes.clone(),
            candidate_message: template.candidate_message.clone(),
            notifications: template.notifications.clone(),
            auto_conclude: template.auto_conclude.clone(),
            template_tag: template.tag.as_str().to_owned(),
        }
    }
}
