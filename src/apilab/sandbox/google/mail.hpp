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

/// A part of a mail, or the mail itself, as RFC 2045 has it.
struct MailPart {
    /// Fields in order, folded lines joined.
    std::vector<std::pair<std::string, std::string>> headers;
    /// Without parameters, in lower case.
    std::string type = "text/plain";
    std::string filename;
    /// Its transfer encoding undone; empty where there are parts.
    std::string body;
    std::vector<MailPart> parts;

    /// The first field of that name (case does not matter), or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// A mail as it stands on the wire (RFC 5322), and read.
struct Mail {
    std::string raw;
    MailPart root;

    [[nodiscard]] std::string_view header(std::string_view name) const { return root.header(name); }
    /// The first text, one line of at most 200 characters, escaped for HTML as Gmail does.
    [[nodiscard]] std::string snippet() const;
    /// The part of that id (`0.1`; the mail itself is empty); null where there is none.
    [[nodiscard]] const MailPart* part(std::string_view id) const;
    /// Puts a field behind the others.
    void add_header(std::string_view name, std::string_view value);
};

/// Reads what was sent. Parts are read 20 levels deep, at most 1,000 of them; what is deeper stays
/// text. Nothing where there is no field at all; a line among them that is none begins the text.
[[nodiscard]] std::optional<Mail> parse_mail(std::string_view raw);

}  // namespace apilab::sandbox::google
