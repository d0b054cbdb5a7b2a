#pragma once

// The page of day 8: what it holds and how it is written. Which source says what about a package,
// and how it is asked: sources.cpp.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "exercise.hpp"

namespace exercise {

/// Where a source's answer has its advisories, as JSON pointers: the list, and in each of its
/// elements the id and the severity. npm has none.
struct Source {
    std::string name;
    std::string list = {};
    std::string id = {};
    std::string severity = {};
};
inline const std::vector<Source> sources = {
    {.name = "npm"},
    {.name = "osv", .list = "/vulns", .id = "/id", .severity = "/database_specific/severity"},
    {.name = "github", .id = "/ghsa_id", .severity = "/severity"}};

/// What is known about a package.
struct Page {
    using Table = std::map<std::string, std::map<std::string, std::string>>;
    std::string package;
    /// The visitor's `x-request-id`.
    std::string visit;
    std::string latest = {};
    /// By id: what each source that knows it says of its severity.
    Table advisories = {};
    /// By source: its `state`, `live` or `missing`, and then the `reason`.
    Table parts = {};

    /// What came of a source: the page with what it says, which is `live`, or why it is `missing`.
    void take(const Source& source, const Result<Page>& read);
    /// Why the first part is missing that is; empty: none is.
    [[nodiscard]] std::string missing() const;
};
/// The empty page for who asks for `/digest/{package}`.
[[nodiscard]] Page page_for(const Request& visit);
/// What asks a source for a page's package, on behalf of its visitor.
[[nodiscard]] Request about(Lab& lab, const Source& source, const Page& page);
/// The page as JSON, with `package`, `latest`, `advisories` and `parts`.
[[nodiscard]] Response to_response(const Page& page);

/// Lets the world call `answer`, a function of lab and request.
template <auto answer>
[[nodiscard]] Task<void> serve(Lab& lab) {
    return lab.serve([&lab](Request visit) { return answer(lab, std::move(visit)); });
}

}  // namespace exercise
