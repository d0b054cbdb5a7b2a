#include "apilab/observe/waterfall_html.hpp"

#include <fmt/format.h>

#include <string_view>

#include "apilab/http/date.hpp"
#include "apilab/observe/internal/picture.hpp"
#include "apilab/observe/internal/waterfall_words.hpp"
#include "apilab/observe/why.hpp"

namespace apilab::observe {

using internal::markup;

namespace {

constexpr std::string_view rules = R"(body{margin:0 auto;max-width:992px;padding:16px;
background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}
h1{font-size:1.3em;margin:.2em 0;overflow-wrap:anywhere}
h2{font-size:1.1em;margin:1.4em 0 .4em}
.dim{color:var(--dim)}
.said{font-weight:bold}
svg.wf{max-width:100%;height:auto;border:1px solid var(--grid);border-radius:6px}
pre,code,td,th{font:13px/1.45 ui-monospace,"DejaVu Sans Mono",monospace}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--grid);border-radius:6px;
padding:8px;margin:.4em 0}
details{border-top:1px solid var(--grid);padding:.4em 0}
summary{cursor:pointer}
table{border-collapse:collapse}
th{text-align:left;vertical-align:top;padding-right:1.5em;font-weight:normal;color:var(--dim)}
td{overflow-wrap:anywhere}
@media print{body{max-width:none;padding:0}details{break-inside:avoid}}
)";

std::string headers_table(const http::Headers& headers) {
    std::string text = "<table>";
    for (const auto& [name, value] : headers) {
        text += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", markup(name), markup(value));
    }
    return text + "</table>\n";
}

std::string body_block(std::string_view body, std::uint64_t size) {
    if (body.empty()) {
        return size == 0 ? std::string()
                         : fmt::format("<p class=\"dim\">{} bytes, not shown</p>\n", size);
    }
    return fmt::format("<pre>{}</pre>\n", markup(body));
}

std::string exchange_block(const Story& story, const Exchange& exchange,
                           const WaterfallHtmlOptions& options) {
    const auto& attempts = story.record.attempts;
    std::string number;
    std::string result = "no answer";
    if (exchange.attempt < attempts.size()) {
        const auto& attempt = attempts[exchange.attempt];
        number = fmt::format("Attempt {}{}: ", attempt.number, attempt.hedge ? " (hedge)" : "");
        if (attempt.error) {
            result = fmt::format("{} ({})", to_string(*attempt.error), to_string(attempt.outcome));
            result += attempt.error_message.empty() ? "" : ": " + attempt.error_message;
        } else {
            result = fmt::format("{} {}", attempt.status, exchange.reason);
        }
    }
    auto text = fmt::format(
        "<details open><summary>{}<b>{} {}</b> &#8594; {}</summary>\n<h3>Request</h3>\n{}{}",
        number, markup(exchange.method), markup(exchange.url), markup(result),
        headers_table(exchange.request_headers),
        body_block(exchange.request_body, exchange.request_body_size));
    if (exchange.answered) {
        text += fmt::format("<h3>Answer</h3>\n{}{}", headers_table(exchange.response_headers),
                            body_block(exchange.response_body, exchange.response_body_size));
    }
    if (options.curl_line) {
        text += fmt::format("<h3>Again, by hand</h3>\n<pre>{}</pre>\n",
                            markup(options.curl_line(exchange)));
    }
    return text + "</details>\n";
}

std::string date_of(const Story& story) {
    return http::format_iso_time(std::chrono::floor<std::chrono::seconds>(story.started));
}

}  // namespace

std::string waterfall_html(const Story& story, const Waterfall& waterfall,
                           const WaterfallHtmlOptions& options) {
    const auto sentences = why(story);
    std::string text = fmt::format(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{} {}</title>\n"
        "<style>{}{}h3{{font-size:1em;margin:.6em 0 .2em}}</style>\n</head>\n<body>\n",
        markup(waterfall.title), markup(waterfall.id), internal::theme_css(":root", options.theme),
        rules);
    text +=
        fmt::format("<h1>{}</h1>\n<p class=\"dim\">{}, {}</p>\n<p class=\"said\">{}</p>\n{}",
                    markup(waterfall.title), markup(waterfall.id), date_of(story),
                    markup(sentences.front()), waterfall_svg(waterfall, {.theme = options.theme}));
    text += "<h2>What was decided, and why</h2>\n<ol>\n";
    for (std::size_t i = 1; i < sentences.size(); ++i) {
        text += fmt::format("<li>{}</li>\n", markup(sentences[i]));
    }
    text += "</ol>\n";
    text += story.exchanges.empty() ? "" : "<h2>What was said</h2>\n";
    for (const auto& exchange : story.exchanges) {
        text += exchange_block(story, exchange, options);
    }
    return text + "</body>\n</html>\n";
}

}  // namespace apilab::observe
