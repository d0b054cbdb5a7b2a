#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apilab/data/page_options.hpp"
#include "apilab/data/page_rules.hpp"
#include "apilab/http/message.hpp"

namespace apilab::cli {

/// What `apilab pages` was asked for.
struct PagesFlags {
    std::string url;
    std::string kind = "auto";
    std::string items;
    std::string next;
    std::string parameter;
    std::string key;
    std::string checkpoint;
    std::string output;
    std::string token;
    std::vector<std::string> headers;
    /// 0: no limit of the caller's.
    std::uint64_t limit = 0;
    std::uint64_t pages = 0;
    std::size_t prefetch = 0;
};

/// The first page's request, with its credentials. Errors (`invalid_argument`): the URL, a header
/// without a colon, a secret that stands in the command line.
[[nodiscard]] Result<http::Request> first_page(const PagesFlags& flags);
/// How the list is cut, by the kind and the flags that say more.
[[nodiscard]] data::PageRules page_rules_of(const PagesFlags& flags);

}  // namespace apilab::cli
