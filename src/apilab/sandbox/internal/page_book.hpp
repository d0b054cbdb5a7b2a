#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/page.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::internal {

/// One list that a request asks for a page of.
struct PageOfList {
    /// The same for all pages of a walk: operation and filter, without the token.
    std::string list;
    /// What was presented; empty for the first page. URLs are written from the provider's prefix
    /// on, so that one that was issued and one that is asked for compare.
    std::string token;
};

/// A request for pages: mostly of one list, of many in a batch.
struct PageAsk {
    const PageShape* shape = nullptr;
    std::vector<PageOfList> lists;
    std::size_t size = 0;
    std::string base_url;
};

/// Reads what a request asks for, and notes it: `list`, `page_by`, `page_asked`, `page_size`; of a
/// batch `batch`, with `<list>=<token>` or `<list>` for each question. `path` is below the
/// provider's prefix. A fact `list_of` (`Provider::describe`) stands for the values in the path.
[[nodiscard]] PageAsk read_page_ask(const PageShape& shape, const Incoming& incoming,
                                    std::string_view path,
                                    std::map<std::string, std::string>& facts);

/// As if at most so many items had been asked for in the query of a GET; others stay as they are.
void cap_page(const PageShape& shape, std::size_t items, Incoming& incoming);

/// Notes what a page has: `page_next` (as `PageOfList::token`; absent at the end), `page_items`,
/// and `page_ids` (those that fit into 4 KiB, the rest is left out); of a batch `batch_next`.
/// Nothing where the answer is no page.
void note_page(const PageAsk& ask, const http::Response& answer,
               std::map<std::string, std::string>& facts);

/// Remembers which page led to which, as far as faults on pages need it, and changes pages. At most
/// 20,000 tokens are known, the oldest go first.
class PageBook {
public:
    /// Does to the page what the fault says, and notes `page_fault` where it did something. Called
    /// for unharmed pages too (`PageFault::none`), as long as a fault on pages is armed.
    void turn(const PageAsk& ask, PageFault fault, const std::string& foreign_origin,
              http::Response& answer, std::map<std::string, std::string>& facts);
    void clear();

    /// What is known of a token that was issued.
    struct Issued {
        /// As it was issued.
        std::string raw;
        /// The token of the page that issued it, as issued; empty: the first.
        std::string by_raw;
        /// JSON texts: the last item of that page, and what that page kept back for this one.
        std::string last_item;
        std::vector<std::string> held;
    };

private:
    struct Turn;
    void turn_one(Turn& turn, PageFault fault, const std::string& foreign_origin);
    [[nodiscard]] std::string elsewhere(const Turn& turn, PageFault fault, const std::string& next,
                                        const std::string& foreign_origin);
    [[nodiscard]] const Issued* find(const PageOfList& page) const;
    void remember(const Turn& turn, const std::string& next, std::vector<std::string> held,
                  std::string last_item);

    std::unordered_map<std::string, Issued> issued_;
    std::deque<std::string> order_;
    // The token of a list's second page.
    std::unordered_map<std::string, std::string> second_;
};

}  // namespace apilab::sandbox::internal
