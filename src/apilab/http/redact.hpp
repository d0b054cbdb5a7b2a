#pragma once

#include <span>
#include <string>
#include <string_view>

#include "apilab/http/headers.hpp"
#include "apilab/http/url.hpp"

namespace apilab::http {

/// What of an exchange may be shown to people and kept in files. Everything here errs on the side
/// of hiding: a header whose name is not on the list of harmless ones, a query parameter, form
/// field or JSON member whose name sounds like a credential, and any body that is neither JSON,
/// form nor text is `***` or left out.

/// Does a field of that name hold a credential, as names go (`access_token`, `client_secret`,
/// `X-Api-Key`, `code`)? Cursors such as `next_page_token` do not count.
[[nodiscard]] bool names_a_secret(std::string_view name);
/// The value, or `***` where the header is not known to be harmless.
[[nodiscard]] std::string shown_header(std::string_view name, std::string_view value);
/// With `***` for the values of parameters that name a secret or are `hidden` by their name
/// (`Request::hidden_parameters()`).
[[nodiscard]] std::string shown_url(const Url& url, std::span<const std::string> hidden = {});
/// The same for a query string or a form body.
[[nodiscard]] std::string shown_form(std::string_view text,
                                     std::span<const std::string> hidden = {});
/// A body by its content type: JSON with `***` for the values of members that name a secret, forms
/// likewise, other text as it is; empty for what is none of these. Beyond `size_max` bytes only its
/// beginning, and of JSON nothing, since half of it cannot be read.
[[nodiscard]] std::string shown_body(std::string_view content_type, std::string_view body,
                                     std::size_t size_max = std::size_t{64} * 1024);

}  // namespace apilab::http
