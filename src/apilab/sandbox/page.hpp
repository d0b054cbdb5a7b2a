#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace apilab::sandbox {

/// What a fault does to a page of a list (`what.page`). One that finds no place in an answer (a
/// list that ends here, a kind of page that has no such thing) leaves it as it is; the fact
/// `page_fault` stands only on rows where it did something.
enum class PageFault : std::uint8_t {
    none,
    /// Where the list would end, it goes on at its second page.
    loop,
    /// The page leads back to the one before it: A-B-A.
    cycle,
    /// The page leads to itself.
    repeat,
    /// No items, but a next page; what stood here comes there, before its own.
    empty_with_token,
    /// The token that is presented is refused as one that is too old. A first page has none.
    expired,
    /// The next page's URL is at another origin (`SandboxOptions::foreign_origin`).
    foreign_next,
    /// Something was put in at the front since the page before: its last item is here once more, as
    /// the first. By position and by token alike.
    moving,
    /// The total is one page more than there is.
    count_mismatch,
    /// The list ends before its end and says so (Notion's cap of 10,000 rows).
    incomplete,
};
/// As written: `loop`, `empty_with_token`.
[[nodiscard]] std::string_view to_string(PageFault fault);
[[nodiscard]] std::optional<PageFault> page_fault_of(std::string_view text);

/// Where the parts of a list's page stand in request and answer, so that faults on pages and facts
/// about them are written once for all providers. Members and parameters by name.
struct PageShape {
    enum class By : std::uint8_t {
        /// `Link: <...>; rel="next"`.
        link,
        /// A whole URL in the body.
        url,
        /// An opaque token in the body, presented in a parameter.
        token,
        /// The client counts: page number or offset.
        position,
    };
    By by = By::token;
    /// The array of items; empty: the body is the array.
    std::string_view items = {};
    /// An item's own name.
    std::string_view id = "id";
    /// Pointer of the token or URL.
    std::string_view next = {};
    /// The parameter (of the query, a form or a JSON body) that asks for a page.
    std::string_view asked = {};
    /// What `asked` says for the first page where it may be written out: `1`.
    std::string_view first = {};
    /// The parameter that asks for so many items; without it there are `size_default`, and never
    /// more than `size_max`.
    std::string_view size = {};
    std::size_t size_default = 100;
    std::size_t size_max = 100;
    /// JSON text that stands for "no next page"; empty: the member is left out.
    std::string_view none = "null";
    /// A boolean that says whether there is a next page.
    std::string_view more = {};
    /// The number of all items. By position it is needed: it tells where the list ends.
    std::string_view total = {};
    /// An empty array is left out.
    bool drops_empty = false;
    /// By position: counts items from 0, not pages from 1.
    bool counts_items = false;
    /// What the list says of itself where it ends at a cap: a member and its JSON text.
    std::string_view cap = {};
    std::string_view cap_text = {};
    /// One answer holds many lists: the arrays of questions and of answers.
    std::string_view queries = {};
    std::string_view results = {};
    /// Without a token, too, the request goes on after something that can be too old (Gmail's
    /// history).
    bool goes_on = false;
};

}  // namespace apilab::sandbox
