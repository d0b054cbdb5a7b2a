#include "apilab/observe/curl_line.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "apilab/base/command.hpp"
#include "apilab/base/file.hpp"
#include "apilab/http/redact.hpp"

namespace apilab::observe {
namespace {

using Words = std::vector<std::string>;

Exchange get(std::string url, http::Headers headers = {}) {
    return {.method = "GET", .url = std::move(url), .request_headers = std::move(headers)};
}

Exchange post(std::string body, std::string type = "text/plain") {
    const auto size = body.size();
    return {.method = "POST",
            .url = "http://h.test/a",
            .request_headers = {{"content-type", std::move(type)}},
            .request_body = std::move(body),
            .request_body_size = size};
}

struct Heard {
    int code = -1;
    /// What curl was given, argument by argument, and its standard input behind them.
    Words words;
};

// A shell in which `curl` tells what it is given; whatever else the line starts is not found.
Heard pasted(const std::string& line, const std::string& shell = "/bin/sh") {
    const std::string script =
        "curl() { for word in \"$@\"; do printf '%s\\0' \"$word\"; done; "
        "case \" $* \" in *' @- '*) cat;; esac; }\n" +
        line + "\n";
    // In a file: one argument could not hold a long line.
    const auto file = std::filesystem::temp_directory_path() /
                      ("curl-line-" + std::to_string(::getpid()) + ".sh");
    EXPECT_TRUE(write_file_atomically(file, script));
    const auto ran = run_command({shell, file.string()},
                                 {"PATH=/nowhere:/usr/bin:/bin", "AUTHORIZATION=Bearer t0p 'x",
                                  "HEADER_X_KEY=k e y", "QUERY_API_KEY=q&y", "FORM_PASSWORD=p w"},
                                 {.output_max = std::size_t{4} << 20U});
    std::filesystem::remove(file);
    Heard heard;
    if (!ran) {
        ADD_FAILURE() << ran.error().to_string();
        return heard;
    }
    heard.code = ran->exit_code;
    std::string_view rest = ran->text;
    for (auto end = rest.find('\0'); end != std::string_view::npos && heard.words.size() < 10'000;
         end = rest.find('\0')) {
        heard.words.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    if (!rest.empty()) {
        heard.words.emplace_back(rest);
    }
    return heard;
}

Words heard(const Exchange& exchange) {
    return pasted(curl_line(exchange)).words;
}

TEST(CurlLine, of_a_plain_question_is_short) {
    EXPECT_EQ(curl_line(get("https://h.test/a?page=2", {{"accept", "application/json"}})),
              "curl --globoff --path-as-is -H 'accept: application/json' "
              "'https://h.test/a?page=2'");
}

TEST(CurlLine, credentials_are_variables) {
    const auto exchange =
        get("https://h.test/a?api_key=***&page=2", {{"Authorization", "***"}, {"x-key", "***"}});
    EXPECT_EQ(curl_line(exchange),
              "curl --globoff --path-as-is -H \"Authorization: $AUTHORIZATION\" "
              "-H \"x-key: $HEADER_X_KEY\" 'https://h.test/a?api_key='\"$QUERY_API_KEY\"'&page=2'");
    EXPECT_EQ(heard(exchange),
              (Words{"--globoff", "--path-as-is", "-H", "Authorization: Bearer t0p 'x", "-H",
                     "x-key: k e y", "https://h.test/a?api_key=q&y&page=2"}));
}

// An exchange from elsewhere (a HAR) names its headers as it likes.
TEST(CurlLine, no_variable_has_a_name_that_an_environment_may_have) {
    const auto line = curl_line(get("https://h.test/?AWS_SECRET_ACCESS_KEY=***",
                                    {{"GITHUB-TOKEN", "***"}, {"home", "***"}}));
    EXPECT_TRUE(line.contains("$HEADER_GITHUB_TOKEN")) << line;
    EXPECT_TRUE(line.contains("$HEADER_HOME")) << line;
    EXPECT_TRUE(line.contains("$QUERY_AWS_SECRET_ACCESS_KEY")) << line;
}

TEST(CurlLine, a_hidden_field_of_a_form_is_a_variable) {
    const auto exchange =
        post("user=ada&password=***&x=1", "application/x-www-form-urlencoded; charset=utf-8");
    EXPECT_EQ(heard(exchange)[5], "user=ada&password=p w&x=1");
}

TEST(CurlLine, a_header_without_a_value_is_sent_without_one) {
    EXPECT_EQ(
        heard(get("http://h.test/", {{"x-empty", ""}, {"x-blank", " \t"}})),
        (Words{"--globoff", "--path-as-is", "-H", "x-empty;", "-H", "x-blank;", "http://h.test/"}));
}

TEST(CurlLine, what_could_not_be_sent_or_curl_says_itself_is_left_out) {
    EXPECT_EQ(heard(get("http://h.test:81/", {{"@/etc/passwd", "x"},
                                              {"x-a", "1\r\nx-b: 2"},
                                              {":path", "/"},
                                              {"Content-Length", "3"},
                                              {"host", "h.test:81"},
                                              {"connection", "close"}})),
              (Words{"--globoff", "--path-as-is", "http://h.test:81/"}));
    EXPECT_EQ(heard(get("http://127.0.0.1/", {{"host", "h.test"}}))[3], "host: h.test");
}

TEST(CurlLine, says_a_method_only_where_curl_would_say_another) {
    auto exchange = post("x");
    EXPECT_FALSE(curl_line(exchange).contains("-X"));
    exchange.method = "PUT";
    EXPECT_TRUE(curl_line(exchange).contains("-X 'PUT'"));
    exchange.method = "HEAD";
    EXPECT_EQ(heard(exchange), (Words{"--globoff", "--path-as-is", "--head", "-H",
                                      "content-type: text/plain", "http://h.test/a"}));
    exchange = get("http://h.test/");
    exchange.method = "DELETE";
    EXPECT_EQ(heard(exchange),
              (Words{"--globoff", "--path-as-is", "-X", "DELETE", "http://h.test/"}));
}

TEST(CurlLine, an_empty_post_says_that_it_is_empty_and_no_form) {
    auto exchange = get("http://h.test/");
    exchange.method = "POST";
    EXPECT_EQ(heard(exchange), (Words{"--globoff", "--path-as-is", "-H",
                                      "content-type:", "--data-binary", "", "http://h.test/"}));
}

TEST(CurlLine, a_body_that_begins_like_a_file_is_none) {
    EXPECT_EQ(heard(post("@/etc/passwd")),
              (Words{"--globoff", "--path-as-is", "-H", "content-type: text/plain", "--data-raw",
                     "@/etc/passwd", "http://h.test/a"}));
}

TEST(CurlLine, bytes_that_no_argument_can_hold_come_through_a_pipe) {
    using namespace std::string_literals;
    const auto bytes = "a\0b%s\\n\x1b[2J\xff\r\n\n"s;
    const auto line = curl_line(post(bytes));
    EXPECT_FALSE(line.contains('\0'));
    EXPECT_FALSE(line.contains('\x1b'));
    const auto words = pasted(line).words;
    std::string input;  // it holds a NUL, and comes in two
    for (std::size_t i = 7; i < words.size(); ++i) {
        input += (i > 7 ? std::string(1, '\0') : "") + words[i];
    }
    EXPECT_EQ(words[5], "@-");
    EXPECT_EQ(input, bytes);
}

TEST(CurlLine, a_long_body_comes_through_a_pipe) {
    const std::string body(300'000, 'x');
    EXPECT_EQ(heard(post(body)).back(), body);
}

TEST(CurlLine, a_body_that_was_not_kept_stops_the_shell) {
    auto exchange = post("");
    exchange.request_body_size = 70'000;
    const auto stopped = pasted(curl_line(exchange));
    EXPECT_NE(stopped.code, 0);
    EXPECT_TRUE(stopped.words.empty());
    exchange.request_body = "the beginning";
    EXPECT_NE(pasted(curl_line(exchange)).code, 0);
}

TEST(CurlLine, what_is_no_url_is_neither_an_option_nor_a_file) {
    EXPECT_EQ(heard(get("-o/tmp/x")),
              (Words{"--globoff", "--path-as-is", "--proto", "=http,https", "--url", "-o/tmp/x"}));
    EXPECT_TRUE(curl_line(get("file:///etc/passwd")).contains("--proto =http,https"));
}

TEST(CurlLine, packed_answers_are_unpacked) {
    EXPECT_TRUE(
        curl_line(get("http://h.test/", {{"accept-encoding", "gzip"}})).contains("--compressed"));
}

TEST(CurlLine, holds_nothing_that_a_terminal_acts_on) {
    const auto line = curl_line(get("http://h.test/\u202e\x07", {{"x-a", "tab\there\x9b"}}));
    for (const char c : line) {
        EXPECT_TRUE(c >= 0x20 && c < 0x7f) << line;
    }
}

std::string any_text() {
    static const std::vector<std::string> pieces{
        "'",     "\"",    "$(touch x)", "`id`", "\\", "\n", "\n\n", "!",     "!!", ";",
        "&",     "|",     "%s",         "%",    "a",  "Z",  " ",    "  ",    "\t", "\x1b[31m",
        "\xff",  "ü",     "***",        "@",    "-",  "--", "#",    "~",     "*",  "{a,b}",
        "[1-3]", "$HOME", "${x:?}",     "\r",   "=",  "?",  "\\n",  "\\047", "<",  ">"};
    std::string text;
    const auto size = *rc::gen::inRange(0, 12);
    for (int i = 0; i < size; ++i) {
        text += *rc::gen::elementOf(pieces);
    }
    return text;
}

// What curl is meant to be given, without a thought of shells.
Words meant(const Exchange& exchange) {
    Words words{"--globoff", "--path-as-is"};
    for (const auto& [name, value] : exchange.request_headers) {
        if (!http::valid_field_value(value)) {
            continue;
        }
        auto bare = value.substr(std::min(value.find_first_not_of(" \t"), value.size()));
        bare.erase(bare.find_last_not_of(" \t") + 1);
        words.insert(words.end(), {"-H", bare == "***"  ? name + ": k e y"
                                         : bare.empty() ? name + ";"
                                                        : name + ": " + bare});
    }
    words.insert(words.end(), {"-H", "content-type: text/x", "--data-binary"});
    return words;
}

RC_GTEST_PROP(CurlLine, gives_curl_exactly_what_is_meant_and_starts_nothing_else, ()) {
    auto exchange = get("http://h.test/");
    exchange.method = "POST";
    const auto headers = *rc::gen::inRange(0, 4);
    for (int i = 0; i < headers; ++i) {
        exchange.request_headers.add("x-key", any_text());
    }
    exchange.url += any_text();
    std::erase(exchange.url, '*');  // hidden parameters have a test of their own
    exchange.request_body = any_text();
    exchange.request_body_size = exchange.request_body.size();
    auto words = meant(exchange);
    exchange.request_headers.add("content-type", "text/x");
    const auto line = curl_line(exchange);
    const auto ran = pasted(line);
    RC_ASSERT(ran.code == 0);
    const auto& body = exchange.request_body;
    if (line.starts_with("printf ")) {
        words.insert(words.end(), {"@-", exchange.url, body});
    } else {
        if (body.starts_with('@')) {
            words.back() = "--data-raw";
        }
        words.insert(words.end(), {body, exchange.url});
    }
    RC_ASSERT(ran.words == words);
    if (std::filesystem::exists("/bin/bash")) {
        RC_ASSERT(pasted(line, "/bin/bash").words == words);
    }
}

}  // namespace
}  // namespace apilab::observe
