#include "apilab/provider/mime.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/date.hpp"
#include "apilab/provider/internal/mail_header.hpp"

namespace apilab::provider {
namespace {

using internal::MailHeader;

constexpr std::size_t encoded_line_max = 76;
constexpr std::size_t header_max = 4096;
constexpr std::size_t message_id_max = 250;

std::unexpected<Error> refused(std::string_view field, std::string_view why) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("mail: {}: {}", field, why))
                    .with_detail(std::string(field)));
}

// Nothing that could end a header line, and nothing that a terminal would act upon.
Result<void> check_header(std::string_view field, std::string_view text) {
    const bool control =
        std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
    if (control) {
        return refused(field, "expected no control characters and no line ends");
    }
    if (!valid_utf8(text)) {
        return refused(field, "expected UTF-8");
    }
    if (text.size() > header_max) {
        return fail(Error(ErrorKind::too_large,
                          fmt::format("mail: {}: expected at most {} bytes", field, header_max))
                        .with_detail(std::string(field)));
    }
    return {};
}

bool local_character(char c) {
    return ascii_alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").contains(c);
}

// Non-empty pieces between the dots, each of these characters only.
bool dotted(std::string_view text, bool (*allowed)(char)) {
    if (text.empty() || text.starts_with('.') || text.ends_with('.') || text.contains("..")) {
        return false;
    }
    return std::ranges::all_of(text, [&](char c) { return c == '.' || allowed(c); });
}

bool domain_character(char c) {
    return ascii_alnum(c) || c == '-';
}

bool valid_domain(std::string_view domain) {
    constexpr std::size_t label_max = 63;
    if (!dotted(domain, domain_character)) {
        return false;
    }
    while (!domain.empty()) {
        const auto label = domain.substr(0, domain.find('.'));
        if (label.size() > label_max || label.starts_with('-') || label.ends_with('-')) {
            return false;
        }
        domain.remove_prefix(std::min(label.size() + 1, domain.size()));
    }
    return true;
}

bool valid_address(std::string_view address) {
    constexpr std::size_t local_max = 64;
    constexpr std::size_t address_max = 254;
    const auto at = address.find('@');
    return at != std::string_view::npos && at <= local_max && address.size() <= address_max &&
           dotted(address.substr(0, at), local_character) && valid_domain(address.substr(at + 1));
}

bool valid_message_id(std::string_view id) {
    const auto at = id.find('@');
    return at != std::string_view::npos && id.size() <= message_id_max &&
           dotted(id.substr(0, at), local_character) && dotted(id.substr(at + 1), local_character);
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

// The name before the angle bracket, its quotes undone.
std::string name_of(std::string_view text) {
    text = trimmed(text);
    if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) {
        return std::string(text);
    }
    text = text.substr(1, text.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        i += text[i] == '\\' && i + 1 < text.size() ? 1 : 0;
        out += text[i];
    }
    return out;
}

// What quoted-printable would look like for one byte of a line.
std::string printable(std::string_view line, std::size_t at) {
    const auto byte = static_cast<unsigned char>(line[at]);
    const bool blank = byte == ' ' || byte == '\t';
    const bool last = at + 1 == line.size();
    const bool misread = at == 0 && (line == "." || line.starts_with("From "));
    const bool as_it_is = !misread && (blank ? !last : byte > 0x20 && byte < 0x7F && byte != '=');
    return as_it_is ? std::string(1, line[at]) : fmt::format("={:02X}", byte);
}

// The next line without its end (LF, CRLF or CR), taken from `text`; nothing: there is none left.
std::optional<std::string_view> take_line(std::string_view& text, bool& ended) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto end = text.find_first_of("\r\n");
    const auto line = text.substr(0, end);
    ended = end != std::string_view::npos;
    text.remove_prefix(std::min(line.size(), text.size()));
    if (ended) {
        text.remove_prefix(text.starts_with("\r\n") ? 2 : 1);
    }
    return line;
}

std::string with_crlf(std::string_view text) {
    std::string out;
    bool ended = false;
    while (const auto line = take_line(text, ended)) {
        out += *line;
        out += ended ? "\r\n" : "";
    }
    return out;
}

std::string base64_lines(std::string_view text) {
    const auto encoded = base64_encode(with_crlf(text));
    std::string out;
    for (std::size_t at = 0; at < encoded.size(); at += encoded_line_max) {
        out += encoded.substr(at, encoded_line_max);
        out += "\r\n";
    }
    return out;
}

// Fields and body of one text, whichever encoding is shorter.
std::string part(std::string_view type, std::string_view text) {
    const auto foreign = static_cast<std::size_t>(
        std::ranges::count_if(text, [](unsigned char c) { return c >= 0x7F || c == '='; }));
    const bool base64 = foreign > text.size() / 6;
    return fmt::format("Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: {}\r\n\r\n{}",
                       type, base64 ? "base64" : "quoted-printable",
                       base64 ? base64_lines(text) : quoted_printable(text) + "\r\n");
}

// `=_` cannot stand in quoted-printable nor in base64 (RFC 2045 section 6.7).
std::string boundary_of(const Mail& mail) {
    constexpr std::size_t digits = 24;
    return "=_" +
           to_hex(sha256(mail.message_id + '\n' + mail.text + '\n' + mail.html)).substr(0, digits);
}

std::string body_of(const Mail& mail) {
    if (mail.html.empty() || mail.text.empty()) {
        return mail.html.empty() ? part("text/plain", mail.text) : part("text/html", mail.html);
    }
    const auto boundary = boundary_of(mail);
    return fmt::format(
        "Content-Type: multipart/alternative; boundary=\"{0}\"\r\n\r\n"
        "--{0}\r\n{1}--{0}\r\n{2}--{0}--\r\n",
        boundary, part("text/plain", mail.text), part("text/html", mail.html));
}

Result<std::string> addresses(std::string_view field, const std::vector<std::string>& all) {
    MailHeader header(field);
    for (std::size_t i = 0; i < all.size(); ++i) {
        APILAB_CHECK(check_header(field, all[i]));
        const auto address = parse_mail_address(all[i]);
        if (!address) {
            return refused(field, address.error().message());
        }
        header.address(*address, i + 1 < all.size());
    }
    return std::move(header).take();
}

Result<std::string> more_header(const std::string& name, const std::string& value) {
    static constexpr std::array<std::string_view, 11> ours{
        "from",       "to",   "cc",           "bcc",          "subject",
        "message-id", "date", "mime-version", "content-type", "content-transfer-encoding",
        "sender"};
    const bool token = !name.empty() && name.size() <= 60 &&
                       std::ranges::all_of(name, [](char c) { return ascii_alnum(c) || c == '-'; });
    if (!token || std::ranges::find(ours, ascii_lowered(name)) != ours.end()) {
        return refused("headers", "expected the name of a field that is not written anyway");
    }
    APILAB_CHECK(check_header(name, value));
    MailHeader header(name);
    header.text(value);
    return std::move(header).take();
}

Result<void> check(const Mail& mail) {
    if (mail.to.empty()) {
        return refused("to", "expected a recipient");
    }
    if (mail.to.size() + mail.cc.size() > mail_addresses_max) {
        return fail(
            Error(ErrorKind::too_large,
                  fmt::format("mail: to: expected at most {} addresses", mail_addresses_max))
                .with_detail("to"));
    }
    if (!valid_message_id(mail.message_id)) {
        return refused("message_id", "expected left@right without angle brackets, 250 bytes");
    }
    if (mail.text.empty() && mail.html.empty()) {
        return refused("text", "expected a text");
    }
    if (mail.text.size() + mail.html.size() > mail_body_max) {
        return fail(Error(ErrorKind::too_large,
                          fmt::format("mail: text: expected at most {} bytes", mail_body_max))
                        .with_detail("text"));
    }
    if (!valid_utf8(mail.text) || !valid_utf8(mail.html)) {
        return refused(valid_utf8(mail.text) ? "html" : "text", "expected UTF-8");
    }
    return check_header("subject", mail.subject);
}

// `Fri, 27 Nov 2026 15:23:07 +0000`: HTTP's form names the zone in the old way.
std::string date_of(SystemTime date) {
    auto text = http::format_http_date(date);
    text.resize(text.size() - std::string_view("GMT").size());
    return text + "+0000";
}

}  // namespace

Result<MailAddress> parse_mail_address(std::string_view text) {
    MailAddress out;
    auto rest = trimmed(text);
    if (const auto open = rest.rfind('<'); open != std::string_view::npos && rest.ends_with('>')) {
        out.name = name_of(rest.substr(0, open));
        rest = rest.substr(open + 1, rest.size() - open - 2);
    }
    out.address = std::string(rest);
    if (!valid_address(out.address) || out.name.find_first_of("<>") != std::string::npos) {
        return fail(ErrorKind::invalid_argument,
                    "expected an address such as ada@example.com or Ada <ada@example.com>");
    }
    return out;
}

std::string quoted_printable(std::string_view text) {
    std::string out;
    bool ended = false;
    while (const auto line = take_line(text, ended)) {
        std::size_t column = 0;
        for (std::size_t i = 0; i < line->size(); ++i) {
            auto one = printable(*line, i);
            // A soft line end takes one byte; what then begins a line must not be misread either.
            if (column + one.size() > encoded_line_max - 1) {
                out += "=\r\n";
                column = 0;
                const auto rest = line->substr(i);
                if (rest == "." || rest.starts_with("From ")) {
                    one = fmt::format("={:02X}", static_cast<unsigned char>((*line)[i]));
                }
            }
            out += one;
            column += one.size();
        }
        out += ended ? "\r\n" : "";
    }
    return out;
}

Result<std::string> compose_mail(const Mail& mail) {
    APILAB_CHECK(check(mail));
    std::string out = "Date: " + date_of(mail.date) + "\r\n";
    APILAB_TRY(const auto from, addresses("From", {mail.from}));
    APILAB_TRY(const auto to, addresses("To", mail.to));
    out += from + to;
    if (!mail.cc.empty()) {
        APILAB_TRY(const auto cc, addresses("Cc", mail.cc));
        out += cc;
    }
    MailHeader subject("Subject");
    subject.text(mail.subject);
    out += std::move(subject).take();
    out += "Message-ID: <" + mail.message_id + ">\r\n";
    for (const auto& [name, value] : mail.headers) {
        APILAB_TRY(const auto header, more_header(name, value));
        out += header;
    }
    return out + "MIME-Version: 1.0\r\n" + body_of(mail);
}

}  // namespace apilab::provider
