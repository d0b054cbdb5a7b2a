#include "apilab/provider/mime.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/base64.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/temporary_folder.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/google/mail.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::provider {
namespace {

using apilab::testing::IsError;
using apilab::testing::IsErrorSaying;
using apilab::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// 2026-11-27T15:23:07Z
constexpr SystemTime noon{std::chrono::seconds(1'795'792'987)};

Mail small_mail() {
    return {.from = "radar@example.com",
            .to = {"ada@example.com"},
            .subject = "Three upgrades",
            .text = "one\ntwo\n",
            .message_id = "k1@example.com",
            .date = noon};
}

std::vector<std::string_view> lines_of(std::string_view raw) {
    std::vector<std::string_view> lines;
    while (!raw.empty()) {
        const auto end = raw.find("\r\n");
        lines.push_back(raw.substr(0, end));
        raw.remove_prefix(end == std::string_view::npos ? raw.size() : end + 2);
    }
    return lines;
}

// What holds for every mail, whatever is in it.
void expect_sound(std::string_view raw) {
    for (const auto line : lines_of(raw)) {
        EXPECT_LE(line.size(), 78U) << line;
        EXPECT_EQ(line.find_first_of("\r\n"), std::string_view::npos) << line;
        for (const char c : line) {
            EXPECT_TRUE((c >= 0x20 && c < 0x7F) || c == '\t') << line;
        }
    }
    EXPECT_TRUE(raw.ends_with("\r\n"));
}

TEST(Mime, a_small_mail_is_written_as_people_would) {
    EXPECT_EQ(compose_mail(small_mail()).value(),
              "Date: Fri, 27 Nov 2026 15:23:07 +0000\r\n"
              "From: radar@example.com\r\n"
              "To: ada@example.com\r\n"
              "Subject: Three upgrades\r\n"
              "Message-ID: <k1@example.com>\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: quoted-printable\r\n"
              "\r\n"
              "one\r\ntwo\r\n\r\n");
}

TEST(Mime, text_and_html_are_alternatives_and_the_text_comes_first) {
    auto mail = small_mail();
    mail.html = "<p>one</p>";
    const auto raw = compose_mail(mail).value();
    expect_sound(raw);
    const auto read = sandbox::google::parse_mail(raw);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->root.type, "multipart/alternative");
    ASSERT_EQ(read->root.parts.size(), 2U);
    EXPECT_EQ(read->root.parts[0].type, "text/plain");
    EXPECT_THAT(read->root.parts[0].body, StartsWith("one\r\ntwo\r\n"));
    EXPECT_EQ(read->root.parts[1].type, "text/html");
    EXPECT_THAT(read->root.parts[1].body, StartsWith("<p>one</p>"));
}

TEST(Mime, no_header_can_be_smuggled_in) {
    for (const std::string_view evil :
         {"x\r\nBcc: eve@example.com", "x\nBcc: eve@example.com", "x\rBcc: eve@example.com",
          "x\r\n\r\nbody", "\x01", "a\x7f", "a\tb"}) {
        const std::string text(evil);
        auto mail = small_mail();
        mail.subject = text;
        EXPECT_THAT(compose_mail(mail), IsErrorSaying(HasSubstr("subject")));
        mail = small_mail();
        mail.from = text + " <radar@example.com>";
        EXPECT_THAT(compose_mail(mail), IsError(ErrorKind::invalid_argument));
        mail = small_mail();
        mail.to = {"ada@example.com" + text};
        EXPECT_THAT(compose_mail(mail), IsError(ErrorKind::invalid_argument));
        mail = small_mail();
        mail.message_id = text + "@example.com";
        EXPECT_THAT(compose_mail(mail), IsErrorSaying(HasSubstr("message_id")));
        mail = small_mail();
        mail.headers = {{"X-Why", text}};
        EXPECT_THAT(compose_mail(mail), IsErrorSaying(HasSubstr("X-Why")));
        mail.headers = {{text, "x"}};
        EXPECT_THAT(compose_mail(mail), IsErrorSaying(HasSubstr("headers")));
    }
}

TEST(Mime, no_character_is_cut_in_two) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        auto mail = small_mail();
        mail.subject.assign(shift, 'x');
        for (int i = 0; i < 60; ++i) {
            mail.subject += "\xF0\x9F\x8E\x89\xE2\x82\xAC\xC3\xA4";
        }
        auto raw = compose_mail(mail).value();
        expect_sound(raw);
        // Each encoded word stands for whole characters (RFC 2047 section 5).
        std::string back;
        for (auto at = raw.find("=?UTF-8?B?"); at != std::string::npos;
             at = raw.find("=?UTF-8?B?")) {
            raw.erase(0, at + 10);
            const auto word = base64_decode(raw.substr(0, raw.find("?="))).value();
            EXPECT_TRUE(valid_utf8(word));
            back += word;
        }
        EXPECT_EQ(back, mail.subject);
    }
}

TEST(Mime, a_field_that_is_written_anyway_is_not_given_twice) {
    for (const char* name : {"Bcc", "subject", "Content-Type", "MESSAGE-ID", "", "a b", "a:"}) {
        auto mail = small_mail();
        mail.headers = {{name, "x"}};
        EXPECT_THAT(compose_mail(mail), IsErrorSaying(HasSubstr("headers"))) << name;
    }
}

TEST(Mime, addresses_are_read_and_refused) {
    struct Row {
        std::string_view text;
        std::string_view name;
        std::string_view address;
    };
    for (const auto& row : {Row{"ada@example.com", "", "ada@example.com"},
                            Row{" a.b+c@x-y.example ", "", "a.b+c@x-y.example"},
                            Row{"Ada L <ada@example.com>", "Ada L", "ada@example.com"},
                            Row{"<ada@example.com>", "", "ada@example.com"},
                            Row{R"("Doe, \"J\"" <j@d.example>)", "Doe, \"J\"", "j@d.example"}}) {
        const auto read = parse_mail_address(row.text);
        ASSERT_THAT(read, IsOk()) << row.text;
        EXPECT_EQ(read->name, row.name);
        EXPECT_EQ(read->address, row.address);
    }
    for (const std::string& text :
         {std::string(), std::string("ada"), std::string("@x.example"), std::string("ada@"),
          std::string("a@b@c.example"), std::string("a..b@c.example"), std::string(".a@c.example"),
          std::string("a b@c.example"), std::string("a@-c.example"), std::string("a@c..example"),
          std::string("a@c_d.example"), std::string("\xC3\xA4@c.example"),
          std::string("a@c.example, b@c.example"), std::string("a@c.example> <b@c.example>"),
          std::string(65, 'a') + "@c.example", "a@" + std::string(64, 'c') + ".example"}) {
        EXPECT_THAT(parse_mail_address(text), IsError(ErrorKind::invalid_argument)) << text;
    }
}

TEST(Mime, what_is_missing_or_too_much_is_named) {
    auto mail = small_mail();
    mail.to.clear();
    EXPECT_EQ(compose_mail(mail).error().detail(), "to");
    mail.to.assign(101, "a@b.example");
    EXPECT_THAT(compose_mail(mail), IsError(ErrorKind::too_large));
    mail = small_mail();
    mail.text.clear();
    EXPECT_EQ(compose_mail(mail).error().detail(), "text");
    mail.html = "\xff";
    EXPECT_EQ(compose_mail(mail).error().detail(), "html");
    mail.html = std::string(mail_body_max + 1, 'x');
    EXPECT_THAT(compose_mail(mail), IsError(ErrorKind::too_large));
    mail = small_mail();
    mail.subject = "\xC3";
    EXPECT_EQ(compose_mail(mail).error().detail(), "subject");
    mail.subject = std::string(5000, 'x');
    EXPECT_THAT(compose_mail(mail), IsError(ErrorKind::too_large));
}

TEST(QuotedPrintable, lines_are_short_and_nothing_is_misread) {
    EXPECT_EQ(quoted_printable("a=b \nc\t\n.\nFrom me\r\nx\rend"),
              "a=3Db=20\r\nc=09\r\n=2E\r\n=46rom me\r\nx\r\nend");
    EXPECT_EQ(quoted_printable("\xC3\xA4"), "=C3=A4");
    EXPECT_EQ(quoted_printable(std::string("\0", 1)), "=00");
    for (const auto line : lines_of(quoted_printable(std::string(1000, '=')))) {
        EXPECT_LE(line.size(), 76U);
    }
}

// Python's email package reads what we wrote, and says what it found as JSON.
constexpr std::string_view reader = R"(
import sys, json
from email import policy
from email.parser import BytesParser
m = BytesParser(policy=policy.default).parse(open(sys.argv[1], 'rb'))
out = {'defects': [str(d) for p in m.walk() for d in p.defects],
       'headers': [k for k in m.keys()],
       'subject': m['subject'], 'id': m['message-id'],
       'date': m['date'].datetime.isoformat(),
       'from': [[a.display_name, a.addr_spec] for a in m['from'].addresses],
       'to': [[a.display_name, a.addr_spec] for a in m['to'].addresses]}
for kind in ('plain', 'html'):
    part = m.get_body((kind,))
    out[kind] = part.get_content() if part is not None else None
out['header_defects'] = [str(d) for h in m.values() for d in getattr(h, 'defects', ())]
print(json.dumps(out))
)";

class MimeByPython : public ::testing::Test {
protected:
    void SetUp() override {
        if (!std::filesystem::exists("/usr/bin/python3")) {
            GTEST_SKIP() << "python3 is not installed: no reader that is not ours";
        }
    }

    http::JsonDocument read(const Mail& mail) {
        const auto raw = compose_mail(mail);
        EXPECT_THAT(raw, IsOk());
        expect_sound(*raw);
        EXPECT_THAT(write_file_atomically(folder_ / "mail.eml", *raw), IsOk());
        EXPECT_THAT(write_file_atomically(folder_ / "read.py", reader), IsOk());
        const auto command = "/usr/bin/python3 " + (folder_ / "read.py").string() + " " +
                             (folder_ / "mail.eml").string() + " > " +
                             (folder_ / "out.json").string();
        EXPECT_EQ(std::system(command.c_str()), 0);  // NOLINT(cert-env33-c): our own words only
        return http::JsonDocument::parse(read_file(folder_ / "out.json", 1 << 24U).value()).value();
    }

    TemporaryFolder made_ = TemporaryFolder::make("apilab-mime-").value();
    std::filesystem::path folder_ = made_.path();
};

TEST_F(MimeByPython, reads_back_what_was_given) {
    auto mail = small_mail();
    mail.from =
        "R\xC3\xA4"
        "dar, der <radar@example.com>";
    mail.to = {"\"Doe, J.\" <j@d.example>", "plain@example.com",
               "A name that is so long that it cannot stand beside the others <long@example.com>"};
    mail.subject =
        "[SIMULATED] \xE2\x9C\x93 drei Upgrades f\xC3\xBCr webshop, api, tools "
        "\xE2\x80\x94 und noch viel mehr als in eine Zeile passt \xF0\x9F\x8E\x89";
    mail.text =
        "Gr\xC3\xBC\xC3\x9F"
        "e\n.\nFrom here on = 1\ttab \n\nend without a line end";
    mail.html = "<p>\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82</p>";
    mail.headers = {{"Auto-Submitted", "auto-generated"}};
    const auto document = read(mail);
    const auto root = document.root();
    EXPECT_EQ(root["defects"].size(), 0U) << root.to_text();
    EXPECT_EQ(root["header_defects"].size(), 0U) << root.to_text();
    EXPECT_EQ(root["subject"].string_or(""), mail.subject);
    EXPECT_EQ(root["id"].string_or(""), "<k1@example.com>");
    EXPECT_EQ(root["date"].string_or(""), "2026-11-27T15:23:07+00:00");
    EXPECT_EQ(root.at_pointer("/from/0/0").string_or(""),
              "R\xC3\xA4"
              "dar, der");
    EXPECT_EQ(root.at_pointer("/from/0/1").string_or(""), "radar@example.com");
    EXPECT_EQ(root["to"].size(), 3U);
    EXPECT_EQ(root.at_pointer("/to/0/0").string_or(""), "Doe, J.");
    EXPECT_EQ(root.at_pointer("/to/2/0").string_or(""),
              "A name that is so long that it cannot stand beside the others");
    EXPECT_EQ(root.at_pointer("/to/2/1").string_or(""), "long@example.com");
    EXPECT_THAT(std::string(root["plain"].string_or("")), StartsWith(mail.text));
    EXPECT_THAT(std::string(root["html"].string_or("")), StartsWith(mail.html));
}

// A text of any characters, control characters of a header left out.
std::string any_text(Rng& rng, std::size_t size, bool header) {
    static constexpr std::array<std::string_view, 14> pieces{
        "a",
        " ",
        "  ",
        "=?",
        "?=",
        "\"",
        "\\",
        "<",
        ",",
        "\xC3\xA4",
        "\xE2\x82\xAC",
        "\xF0\x9F\x8E\x89",
        "word",
        "a-very-long-word-that-goes-on-and-on-and-on-and-on-and-on-"
        "and-on-and-on-and-on"};
    static constexpr std::array<std::string_view, 6> lines{"\n", "\r\n", ".", "From ", "\t", "=20"};
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        const auto chance = static_cast<std::size_t>(rng.between(0, 19));
        text += !header && chance < 6 ? lines.at(chance) : pieces.at(chance % pieces.size());
    }
    return text;
}

TEST_F(MimeByPython, reads_back_mails_of_anything) {
    SeededRng rng(20261127);
    for (int i = 0; i < 12; ++i) {
        auto mail = small_mail();
        mail.subject = any_text(rng, static_cast<std::size_t>(rng.between(0, 40)), true);
        mail.text = "x" + any_text(rng, 60, false);
        mail.html = "<i>" + any_text(rng, 60, false);
        const auto document = read(mail);
        const auto root = document.root();
        EXPECT_EQ(root["defects"].size(), 0U) << root.to_text();
        const auto normal = [](std::string text) {
            for (auto at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n")) {
                text.erase(at, 1);
            }
            return text;
        };
        EXPECT_EQ(root["subject"].string_or("none"), mail.subject);
        EXPECT_THAT(normal(std::string(root["plain"].string_or(""))),
                    StartsWith(normal(mail.text)));
        EXPECT_THAT(normal(std::string(root["html"].string_or(""))), StartsWith(normal(mail.html)));
    }
}

}  // namespace
}  // namespace apilab::provider
