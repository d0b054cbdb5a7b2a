#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::provider {

/// An address as mails name it.
struct MailAddress {
    /// UTF-8, as people read it; empty: none.
    std::string name;
    /// `local@domain`, ASCII.
    std::string address;
};

/// Reads `local@domain`, `Name <local@domain>` or `"Name" <local@domain>`. Only what every server
/// takes: no quoted local part, no comment, no address literal, no letters beyond ASCII in the
/// address (RFC 5321 section 4.5.3.1: 64 bytes before the `@`, 254 in all). Error:
/// `invalid_argument`; the text is not echoed.
[[nodiscard]] Result<MailAddress> parse_mail_address(std::string_view text);

/// A mail before it is written down. All texts are UTF-8.
struct Mail {
    /// As `parse_mail_address` reads them.
    std::string from;
    std::vector<std::string> to;
    std::vector<std::string> cc;
    std::string subject;
    /// Line ends of any kind. One of the two may be empty; both are `multipart/alternative`, the
    /// text first.
    std::string text;
    std::string html;
    /// `left@right`, without angle brackets; what a lost reply is looked up by. Up to 250 bytes.
    std::string message_id;
    /// Written in UTC.
    SystemTime date;
    /// Further fields (`Auto-Submitted`, `In-Reply-To`); none that is written here itself.
    std::vector<std::pair<std::string, std::string>> headers;
};

/// Largest text and HTML together, before they are encoded. 20 MiB.
constexpr std::size_t mail_body_max = std::size_t{20} << 20U;
/// Most addresses in a mail. 100.
constexpr std::size_t mail_addresses_max = 100;

/// The mail as it goes over the wire (RFC 5322, MIME of RFC 2045 to 2047): lines end with CRLF and
/// have at most 78 bytes (76 where something is encoded), everything is ASCII. Names and subject
/// become encoded words where they need to be, texts quoted-printable, or base64 where that is
/// shorter. Pure: the same mail gives the same bytes.
///
///     APILAB_TRY(const auto raw, compose_mail({.from = "Radar <radar@example.com>",
///                                              .to = {"team@example.com"},
///                                              .subject = "Three upgrades",
///                                              .text = "...",
///                                              .message_id = "2026-11-27.radar@example.com",
///                                              .date = now}));
///
/// Errors (`invalid_argument`, detail the field): no recipient, no text, a field that is not UTF-8,
/// and every control character in a header, a line end above all: it would begin a field of
/// somebody else's. `too_large` beyond the limits.
[[nodiscard]] Result<std::string> compose_mail(const Mail& mail);

/// Text as quoted-printable (RFC 2045 section 6.7): lines of at most 76 bytes, CRLF between them,
/// and none that a mail server would take for something else (`.`, `From `).
[[nodiscard]] std::string quoted_printable(std::string_view text);

}  // namespace apilab::provider
