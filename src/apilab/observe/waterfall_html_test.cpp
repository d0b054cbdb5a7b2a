#include "apilab/observe/waterfall_html.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/scrubber.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/observe/internal/test_stories.hpp"
#include "apilab/observe/waterfall_svg.hpp"

namespace apilab::observe {
namespace {

using namespace std::chrono_literals;

// What these pages are made of. Whatever came in by a text would be something else, or too much.
const std::map<std::string, std::set<std::string>, std::less<>>& known() {
    static const std::map<std::string, std::set<std::string>, std::less<>> all = {
        {"html", {"lang"}},
        {"head", {}},
        {"body", {}},
        {"meta", {"charset", "http-equiv", "content", "name"}},
        {"title", {"id"}},
        {"desc", {"id"}},
        {"style", {}},
        {"h1", {}},
        {"h2", {}},
        {"h3", {}},
        {"p", {"class"}},
        {"ol", {}},
        {"li", {}},
        {"b", {}},
        {"pre", {}},
        {"table", {}},
        {"tr", {}},
        {"th", {}},
        {"td", {}},
        {"details", {"open"}},
        {"summary", {}},
        {"svg", {"xmlns", "class", "role", "aria-labelledby", "viewBox", "width"}},
        {"defs", {}},
        {"pattern", {"id", "width", "height", "patternUnits"}},
        {"g", {}},
        {"rect", {"class", "x", "y", "width", "height"}},
        {"line", {"class", "x1", "x2", "y1", "y2"}},
        {"path", {"class", "d"}},
        {"circle", {"class", "cx", "cy", "r"}},
        {"text", {"class", "x", "y"}}};
    return all;
}

/// Reads markup as strictly as a test can: every `<` begins a known element, every attribute is
/// known and quoted, elements close in order, every `&` begins one of our references.
class Reader {
public:
    explicit Reader(const std::string& text) : rest_(text) {}
    explicit Reader(std::string&&) = delete;  // it looks at the text

    /// What is wrong, or nothing.
    std::optional<std::string> fault() {
        if (rest_.starts_with("<!doctype html>")) {
            rest_.remove_prefix(15);
        }
        while (!rest_.empty()) {
            const auto end = std::min(rest_.find('<'), rest_.size());
            if (!open_.empty() && open_.back() == "style") {
                styles_ += rest_.substr(0, end);
            } else if (auto wrong = text_fault(rest_.substr(0, end))) {
                return wrong;
            }
            rest_.remove_prefix(end);
            if (!rest_.empty()) {
                if (auto wrong = tag_fault()) {
                    return wrong;
                }
            }
        }
        return open_.empty() ? std::nullopt : std::optional("open: " + open_.back());
    }
    [[nodiscard]] const std::map<std::string, int>& counts() const { return counts_; }
    [[nodiscard]] const std::string& styles() const { return styles_; }

private:
    static std::optional<std::string> text_fault(std::string_view text) {
        if (text.contains('>')) {
            return "a bare >";
        }
        for (auto at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
            const auto rest = text.substr(at);
            const bool ours = rest.starts_with("&amp;") || rest.starts_with("&lt;") ||
                              rest.starts_with("&gt;") || rest.starts_with("&quot;") ||
                              rest.starts_with("&#39;") || rest.starts_with("&#8594;");
            if (!ours) {
                return "a bare &";
            }
        }
        return std::nullopt;
    }

    std::optional<std::string> tag_fault() {
        const auto end = rest_.find('>');
        if (end == std::string_view::npos) {
            return "a tag without an end";
        }
        std::string tag(rest_.substr(1, end - 1));
        rest_.remove_prefix(end + 1);
        if (tag.starts_with('/')) {
            if (open_.empty() || open_.back() != tag.substr(1)) {
                return "closes out of turn: " + tag;
            }
            open_.pop_back();
            return std::nullopt;
        }
        const bool empty = tag.ends_with('/');
        if (empty) {
            tag.pop_back();
        }
        const auto name = tag.substr(0, tag.find(' '));
        const auto found = known().find(name);
        if (found == known().end()) {
            return "unknown element: " + name;
        }
        ++counts_[name];
        if (!empty && name != "meta") {
            open_.push_back(name);
        }
        return attributes_fault(tag.substr(name.size()), found->second);
    }

    static std::optional<std::string> attributes_fault(std::string text,
                                                       const std::set<std::string>& allowed) {
        while (!text.empty()) {
            if (text == " open") {
                return std::nullopt;
            }
            const auto equals = text.find("=\"");
            const auto end = equals == std::string::npos ? equals : text.find('"', equals + 2);
            if (text[0] != ' ' || end == std::string::npos) {
                return "not an attribute:" + text;
            }
            if (!allowed.contains(text.substr(1, equals - 1))) {
                return "unknown attribute:" + text.substr(0, equals);
            }
            text.erase(0, end + 1);
        }
        return std::nullopt;
    }

    std::string_view rest_;
    std::vector<std::string> open_;
    std::map<std::string, int> counts_;
    std::string styles_;
};

TEST(MarkupReader, notices_what_it_is_for) {
    const auto faulty = [](const std::string& text) { return Reader(text).fault().has_value(); };
    EXPECT_TRUE(faulty("<p><script>x</script></p>"));
    EXPECT_TRUE(faulty("<p class=\"a\" onclick=\"x\">y</p>"));
    EXPECT_TRUE(faulty("<p>a & b</p>"));
    EXPECT_TRUE(faulty("<p>a"));
    EXPECT_FALSE(faulty("<p class=\"a\">b &amp; c</p>"));
}

Story with_exchanges() {
    auto story = test::reply_lost();
    http::Headers headers;
    headers.add("authorization", "***");
    story.exchanges = {{.attempt = 0,
                        .method = "POST",
                        .url = "http://api.test/orders?token=***",
                        .request_headers = headers,
                        .request_body = R"({"item":"<b>"})",
                        .request_body_size = 14},
                       {.attempt = 1,
                        .method = "POST",
                        .url = "http://api.test/orders",
                        .answered = true,
                        .reason = "Created",
                        .response_body_size = 7}};
    return story;
}

TEST(WaterfallHtml, has_picture_sentences_and_what_was_said) {
    const auto story = with_exchanges();
    const auto waterfall = waterfall_of(story, std::vector{test::committed()});
    const auto page = waterfall_html(story, waterfall, {.curl_line = [](const Exchange& said) {
                                         return "curl '" + said.url + "'";
                                     }});
    Reader reader(page);
    EXPECT_EQ(reader.fault(), std::nullopt) << page;
    EXPECT_EQ(reader.counts().at("svg"), 1);
    EXPECT_EQ(reader.counts().at("details"), 2);
    EXPECT_EQ(reader.counts().at("li"), 3);
    EXPECT_TRUE(page.contains("committed, reply lost (f1: reset)"));
    EXPECT_TRUE(page.contains("connection_lost (unknown): the connection was reset"));
    EXPECT_TRUE(page.contains("{&quot;item&quot;:&quot;&lt;b&gt;&quot;}"));
    EXPECT_TRUE(page.contains("201 Created"));
    EXPECT_TRUE(page.contains("7 bytes, not shown"));
    EXPECT_TRUE(page.contains("<pre>curl &#39;http://api.test/orders?token=***&#39;</pre>"));
}

TEST(WaterfallHtml, fetches_nothing_and_runs_nothing) {
    const auto story = with_exchanges();
    const auto page = waterfall_html(story, waterfall_of(story));
    EXPECT_TRUE(page.contains("default-src 'none'"));
    for (const auto* word :
         {"<script", "<link", "<img", "src=\"", "href=", "@import", "url(http"}) {
        EXPECT_FALSE(page.contains(word)) << word;
    }
}

TEST(WaterfallHtml, a_theme_is_as_the_reader_has_it_or_fixed) {
    const auto story = with_exchanges();
    const auto page = [&](Theme theme) {
        return waterfall_html(story, waterfall_of(story), {.theme = theme});
    };
    EXPECT_TRUE(page(Theme::automatic).contains("prefers-color-scheme:dark"));
    EXPECT_FALSE(page(Theme::light).contains("dark"));
    EXPECT_TRUE(page(Theme::dark).contains("color-scheme:dark"));
    EXPECT_FALSE(page(Theme::dark).contains("prefers"));
}

TEST(WaterfallSvg, stands_alone_and_can_be_read_aloud) {
    const auto svg =
        waterfall_svg(waterfall_of(test::reply_lost(), std::vector{test::committed()}));
    Reader reader(svg);
    EXPECT_EQ(reader.fault(), std::nullopt) << svg;
    EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    EXPECT_TRUE(svg.contains("<title id=\"wf-title\">POST /orders: 201 in 230 ms, 2 attempts"));
    EXPECT_TRUE(
        svg.contains("attempt 1: unknown: connection_lost, 12 ms from 0 us on. server: "
                     "201, 7 ms from 3 ms on (committed, reply lost (f1: reset)). "));
}

TEST(WaterfallSvg, each_meaning_has_its_colour_and_its_pattern) {
    const auto svg = waterfall_svg(waterfall_of(test::hedged()));
    for (const auto* name : {"network", "server", "own", "told", "auth", "failure", "rest"}) {
        EXPECT_TRUE(svg.contains(std::string("<pattern id=\"wf-") + name + "\"")) << name;
        EXPECT_TRUE(svg.contains(std::string("--") + name + ":#")) << name;
    }
    EXPECT_TRUE(svg.contains("<rect class=\"auth\""));
    EXPECT_TRUE(svg.contains("<rect class=\"own\""));
}

TEST(WaterfallSvg, a_long_call_is_folded) {
    const auto svg = waterfall_svg(waterfall_of(test::long_story(100)));
    EXPECT_TRUE(svg.contains("... 94 more attempts, 95 waits"));
    EXPECT_LT(svg.size(), 30'000U);
}

TEST(WaterfallHtml, a_secret_of_the_process_is_nowhere) {
    Scrubber::of_process().add(Secret("page-<secret>-value"));
    auto story = with_exchanges();
    story.exchanges[0].request_body = "x page-<secret>-value y";
    story.record.attempts[0].error_message = "at page-<secret>-value";
    const auto page = waterfall_html(story, waterfall_of(story));
    EXPECT_FALSE(page.contains("page-"));
}

RC_GTEST_PROP(WaterfallHtml, no_text_becomes_an_element_or_an_attribute, ()) {
    const auto story = test::any_story();
    const std::vector sides{test::any_side()};
    const auto waterfall = waterfall_of(story, sides);
    const auto line = test::any_text();
    const auto page =
        waterfall_html(story, waterfall, {.curl_line = [&](const Exchange&) { return line; }});
    Reader reader(page);
    const auto fault = reader.fault();
    if (fault) {
        RC_FAIL(*fault + "\n" + page);
    }
    RC_ASSERT(valid_utf8(page));
    RC_ASSERT(reader.counts().at("style") == 2);
    // Styles are ours alone: of the same length whatever the story holds.
    const auto plain = waterfall_html(test::retried(), waterfall_of(test::retried()));
    Reader other(plain);
    RC_ASSERT(other.fault() == std::nullopt);
    RC_ASSERT(reader.styles() == other.styles());
}

}  // namespace
}  // namespace apilab::observe
