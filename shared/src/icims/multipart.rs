//! A file as the one part of a `multipart/form-data` body, built by hand so that its length is known: iCIMS takes no
//! chunked bodies (docs/vendors/icims.md §1.5, §4.6).

use bytes::Bytes;

/// A body with one file, and the headers that go with it.
pub(super) struct FileBody {
    pub(super) content_type: String,
    pub(super) disposition: String,
    pub(super) bytes: Bytes,
}

impl FileBody {
    /// A PDF of this name.
    pub(super) fn pdf(file_name: &str, pdf: &[u8]) -> Self {
        let boundary = format!("----part{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let file_name = safe(file_name);
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
             Content-Type: application/pdf\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let mut bytes = Vec::with_capacity(head.len() + pdf.len() + tail.len());
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(pdf);
        bytes.extend_from_slice(tail.as_bytes());
        Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            disposition: format!("attachment;filename=\"{file_name}\""),
            bytes: bytes.into(),
        }
    }
}

/// A name that can stand in a quoted header value.
fn safe(file_name: &str) -> String {
    let name: String = file_name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .take(100)
        .collect();
    if name.trim_matches(['.', ' ']).is_empty() { "report.pdf".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_leave_its_quotes() {
        assert_eq!(safe("report 1.pdf"), "report 1.pdf");
        assert_eq!(safe("a\"\r\nX: y.pdf"), "a___X_ y.pdf");
        assert_eq!(safe(".."), "report.pdf");
    }
}
