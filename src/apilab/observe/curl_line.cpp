#include "apilab/observe/curl_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "apilab/base/ascii.hpp"
#include "apilab/http/url.hpp"
#include "apilab/observe/internal/shell_quote.hpp"

namespace apilab::observe {
namespace {

using internal::shell_word;

constexpr std::string_view hidden = "***";
// A longer argument is more than Linux takes (128 KiB each).
constexpr std::size_t argument_max = 100'000;

std::string variable(std::string_view prefix, std::string_view name) {
    std::string made(prefix);
    for (const char c : name) {
        made +=
            ascii_alnum(c)
                ? (ascii_lower(c) == c && !ascii_digit(c) ? static_cast<char>(c - 'a' + 'A') : c)
                : '_';
    }
    return made;
}

bool said_by_curl(std::string_view lower_name) {
    static constexpr std::array names{
        std::string_view("connection"), std::string_view("content-length"),
        std::string_view("keep-alive"), std::string_view("transfer-encoding")};
    return std::ranges::find(names, lower_name) != names.end();
}

std::string_view trimmed(std::string_view value) {
    const auto first = value.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return value.substr(first, value.find_last_not_of(" \t") - first + 1);
}

// `name: value` as curl's -H takes it. Without a value curl would leave the header out; a semicolon
// makes it send an empty one.
std::string header_word(std::string_view name, std::string_view value) {
    if (value == hidden) {
        const auto lower = ascii_lowered(name);
        return internal::shell_word_with(
            fmt::format("{}: ", name),
            lower == "authorization" ? "AUTHORIZATION" : variable("HEADER_", name));
    }
    return shell_word(value.empty() ? fmt::format("{};", name)
                                    : fmt::format("{}: {}", name, value));
}

// A query or a form: what is hidden in it becomes variables.
std::string with_variables(std::string_view before, std::string_view form,
                           std::string_view prefix) {
    std::string words;
    std::string literal(before);
    while (!form.empty()) {
        const auto end = std::min(form.find('&'), form.size());
        const auto field = form.substr(0, end);
        const auto equals = std::min(field.find('='), field.size());
        if (equals < field.size() && field.substr(equals + 1) == hidden) {
            literal += field.substr(0, equals + 1);
            words += internal::shell_word_with(
                literal, variable(prefix, http::percent_decode(field.substr(0, equals))));
            literal.clear();
        } else {
            literal += field;
        }
        form.remove_prefix(end);
        if (!form.empty()) {
            literal += '&';
            form.remove_prefix(1);
        }
    }
    return literal.empty() && !words.empty() ? words : words + shell_word(literal);
}

std::string without_nul(std::string_view text) {
    std::string bare(text);
    std::erase(bare, '\0');
    return bare;
}

std::string url_words(std::string_view text) {
    const auto url = without_nul(text);
    const auto mark = std::min(url.find('?'), url.size());
    const auto begin = std::min(mark + 1, url.size());
    auto word = with_variables(std::string_view(url).substr(0, begin),
                               std::string_view(url).substr(begin), "QUERY_");
    if (url.starts_with("https://") || url.starts_with("http://")) {
        return word;
    }
    // No URL of ours: neither an option nor a file for curl.
    return "--proto =http,https --url " + word;
}

std::string_view type_of(const Exchange& exchange) {
    const auto type = exchange.request_headers.value("content-type");
    return trimmed(type.substr(0, type.find(';')));
}

// Text that was cut shows it by its length; JSON and forms are written anew when they are shown.
bool body_is_missing(const Exchange& exchange) {
    if (exchange.request_body.empty()) {
        return exchange.request_body_size > 0;
    }
    return ascii_lowered(type_of(exchange)).starts_with("text/") &&
           exchange.request_body.size() != exchange.request_body_size;
}

struct Body {
    /// What stands before curl, and the option's value; empty: there is no body.
    std::string pipe;
    std::string option;
    std::string word;
};

Body body_of(const Exchange& exchange) {
    const auto& body = exchange.request_body;
    if (body_is_missing(exchange)) {
        return {.option = "--data-binary",
                .word = fmt::format("\"${{BODY:?the body of {} bytes was not kept}}\"",
                                    exchange.request_body_size)};
    }
    if (body.empty()) {
        const auto& method = exchange.method;
        const bool says_so = method == "POST" || method == "PUT" || method == "PATCH";
        return {.option = says_so ? "--data-binary" : "", .word = "''"};
    }
    if (body.contains('\0') || !internal::may_be_pasted(body) || body.size() > argument_max) {
        return {.pipe = fmt::format("printf {} | ", internal::printf_word(body)),
                .option = "--data-binary",
                .word = "@-"};
    }
    // For --data-binary a leading @ is a file.
    const auto* option = body.starts_with('@') ? "--data-raw" : "--data-binary";
    const bool form = http::iequals(type_of(exchange), "application/x-www-form-urlencoded");
    return {.option = option, .word = form ? with_variables("", body, "FORM_") : shell_word(body)};
}

std::vector<std::string> header_options(const Exchange& exchange, bool has_body) {
    std::vector<std::string> words;
    const auto url = http::Url::parse(exchange.url);
    bool type = false;
    for (const auto& [name, value] : exchange.request_headers) {
        const auto lower = ascii_lowered(name);
        const auto shown = trimmed(value);
        if (!http::valid_field_name(name) || !http::valid_field_value(value) ||
            said_by_curl(lower) || (lower == "host" && url && shown == url->authority())) {
            continue;
        }
        type = type || lower == "content-type";
        words.insert(words.end(), {"-H", header_word(name, shown)});
        if (lower == "accept-encoding" && shown != "identity") {
            words.emplace_back("--compressed");
        }
    }
    if (has_body && !type) {
        // Else curl calls it a form.
        words.insert(words.end(), {"-H", "'content-type:'"});
    }
    return words;
}

}  // namespace

std::string curl_line(const Exchange& exchange) {
    const bool head = exchange.method == "HEAD";
    auto body = body_of(exchange);
    if (head) {
        body = {};  // curl knows HEAD without a body only
    }
    const bool has_body = !body.option.empty();
    std::vector<std::string> words{"curl", "--globoff", "--path-as-is"};
    const auto method = without_nul(exchange.method);
    if (head) {
        words.emplace_back("--head");
    } else if (method != (has_body ? "POST" : "GET") && !method.empty()) {
        words.insert(words.end(), {"-X", shell_word(method)});
    }
    const auto headers = header_options(exchange, has_body);
    words.insert(words.end(), headers.begin(), headers.end());
    if (has_body) {
        words.insert(words.end(), {body.option, body.word});
    }
    words.push_back(url_words(exchange.url));
    return body.pipe + fmt::format("{}", fmt::join(words, " "));
}

}  // namespace apilab::observe
