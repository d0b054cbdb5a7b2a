#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apilab::sandbox::google {

/// Base64 with the alphabet for URLs; Gmail pads it, and takes it with padding or without.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

/// A part of a mail that is no multipart itself.
struct MailPart {
    std::string type = "text/plain";
    std::string filename;
    std::string body;
};

/// A mail: fields in order, and its parts (one: the mail itself is that part).
struct Mail {
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<MailPart> parts;

    /// The first field of that name (case does not matter), or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    /// As it stands on the wire (RFC 5322).
    [[nodiscard]] std::string raw() const;
    /// The first text, one line of at most 100 bytes.
    [[nodiscard]] std::string snippet() const;
};

/// Reads what was sent: fields (folded lines joined) and the rest as one part. Nothing where there
/// is no field at all.
[[nodiscard]] std::optional<Mail> parse_mail(std::string_view raw);

}  // namespace apilab::sandbox::google
