#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apilab/data/page_rules.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/message.hpp"

namespace apilab::data {

/// Which page: what a request has to ask for. A value that can be kept.
struct PagePosition {
    /// The first page: the request as the caller made it.
    bool first = true;
    /// A URL, a cursor or a number, by the kind of pages.
    std::string token;
    /// The walk has been at another origin: from then on nothing bears credentials.
    bool foreign = false;
    struct Query {
        /// Its place in the first request.
        std::size_t query = 0;
        std::string token;
        friend bool operator==(const Query&, const Query&) = default;
    };
    /// Queries of a batch that have pages left.
    std::vector<Query> open;

    friend bool operator==(const PagePosition&, const PagePosition&) = default;
};

struct PageItem {
    /// A view into the page.
    http::Json value;
    /// In a batch: which query of the first request it answers.
    std::size_t query = 0;
};

/// What one page says.
struct PageAnswer {
    std::vector<PageItem> items;
    /// Nothing: the list ends here.
    std::optional<PagePosition> next;
    /// Why there is no way on although the list does not end here (a `next` that must not be
    /// followed, `has_more` without a cursor). The items are good all the same.
    std::optional<Error> problem;
    /// What the answer gave to go on with; whoever has seen one of these goes in a circle.
    std::vector<std::string> tokens;
    /// Why the list is not whole; empty: nothing says so.
    std::string incomplete;
    /// What the next walk may start from; empty: none.
    std::string sync_token;

    /// What follows `next` as far as it can be told: the same text with another number in it.
    struct Forecast {
        std::string before;
        std::string behind;
        std::int64_t next = 0;
        std::int64_t last = -1;
        std::int64_t stride = 1;
    };
    Forecast forecast;
};

/// The rules of one list, applied: from a position to a request, from an answer to the position
/// after it. Pure; it remembers nothing of the walk (`PageWalk` does), except for what it has
/// detected. Cursors are percent-encoded into queries and quoted into bodies, whatever they hold.
///
///     auto paginator = *Paginator::create(first, page_rules::slack("/channels"));
///     auto request = paginator.request(PagePosition());
///     ... PageAnswer answer = *paginator.read(position, *request, response, document.root());
class Paginator {
public:
    /// Cursors and URLs beyond so many bytes are refused. 32 KiB.
    static constexpr std::size_t token_max = std::size_t{32} * 1024;

    /// Error: `invalid_argument`, as `PageRules::validate()` has it, or for a first request that
    /// does not fit (a batch whose body holds no queries).
    [[nodiscard]] static Result<Paginator> create(http::Request first, PageRules rules);

    /// Nothing where there is nothing to ask (a batch without queries).
    [[nodiscard]] std::optional<PagePosition> start() const;
    /// The request for a page. Errors: `invalid_argument` for a position that is none of this list,
    /// `protocol` for a URL that must not be asked (see `PageRules::next_origin`; never from https
    /// to http, never from a public host into a private network).
    [[nodiscard]] Result<http::Request> request(const PagePosition& position) const;
    /// What the answer says; `root` is its body (`null` for none). Errors, outcome `answered`:
    /// those of `Response::error_for_status` and `PageRules::ok` with the provider's code; `decode`
    /// naming the JSON pointer; where the cursor has expired the detail is `cursor_expired`.
    [[nodiscard]] Result<PageAnswer> read(const PagePosition& position, const http::Request& sent,
                                          const http::Response& response, const http::Json& root);
    /// The next pages, at most `count`: the one that the answer names and those that can be told
    /// without asking (page numbers and offsets below a known total, a `Link` with `last`).
    [[nodiscard]] static std::vector<PagePosition> ahead(const PageAnswer& answer,
                                                         std::size_t count);

    /// The rules in force; after the first answer those that were detected.
    [[nodiscard]] const PageRules& rules() const { return rules_; }
    /// What was detected and why; empty: nothing was.
    [[nodiscard]] const std::string& detected() const { return detected_; }
    /// Goes on with what an earlier run detected.
    [[nodiscard]] Result<void> use_detected(PageRules rules, std::string why);

    /// The position without credentials: parameters of the first request that name a secret (or are
    /// hidden by it) are left out of its URL, and `from_keeping` puts them back. Error:
    /// `invalid_argument` where the server put a secret of its own into the URL.
    [[nodiscard]] Result<PagePosition> for_keeping(PagePosition position) const;
    [[nodiscard]] PagePosition from_keeping(PagePosition position) const;

    /// Identifies request and rules: SHA-256 in hexadecimal over method, URL without its secrets,
    /// body and `PageRules::describe()`.
    [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }

private:
    Paginator(http::Request first, PageRules rules);
    [[nodiscard]] Result<void> take_queries();
    [[nodiscard]] Result<http::Request> url_request(const PagePosition& position) const;
    [[nodiscard]] Result<http::Request> token_request(const std::string& token) const;
    [[nodiscard]] Result<http::Request> batch_request(const PagePosition& position) const;
    [[nodiscard]] Result<http::Url> checked_url(const http::Url& from, std::string_view target,
                                                bool& foreign) const;
    [[nodiscard]] bool is_secret(std::string_view parameter) const;
    [[nodiscard]] std::optional<Error> refusal(const PagePosition& position,
                                               const http::Response& response,
                                               const http::Json& root) const;
    [[nodiscard]] bool says_expired(int status, const http::Json& root) const;

    using Step = Result<void>;
    [[nodiscard]] Step take_items(const http::Json& root, PageAnswer& answer) const;
    [[nodiscard]] Step step_link(const PagePosition& position, const http::Request& sent,
                                 const http::Response& response, PageAnswer& answer) const;
    [[nodiscard]] Step step_url(const PagePosition& position, const http::Request& sent,
                                const http::Json& root, PageAnswer& answer) const;
    [[nodiscard]] Step step_cursor(const http::Response& response, const http::Json& root,
                                   PageAnswer& answer) const;
    [[nodiscard]] Step step_page(const PagePosition& position, const http::Json& root,
                                 PageAnswer& answer) const;
    [[nodiscard]] Step step_offset(const PagePosition& position, const http::Json& root,
                                   PageAnswer& answer) const;
    [[nodiscard]] Step step_batch(const PagePosition& position, const http::Json& root,
                                  PageAnswer& answer) const;
    void go_to(const http::Request& sent, std::string_view target, const PagePosition& position,
               PageAnswer& answer) const;
    [[nodiscard]] Result<std::optional<bool>> more(const http::Json& root) const;
    [[nodiscard]] Result<std::optional<std::int64_t>> number_at(const http::Json& root,
                                                                const std::string& pointer) const;
    [[nodiscard]] std::int64_t number_of(const PagePosition& position) const;
    [[nodiscard]] std::int64_t asked_size() const;

    http::Request first_;
    PageRules rules_;
    std::string detected_;
    std::string fingerprint_;
    /// The queries of a batch, as JSON texts.
    std::vector<std::string> queries_;
};

/// The body of a page as JSON; an empty one is `null`. Errors: `decode` and `too_large`, outcome
/// `answered`.
[[nodiscard]] Result<http::JsonDocument> parse_page(const http::Response& response,
                                                    http::JsonLimits limits = {});

}  // namespace apilab::data
