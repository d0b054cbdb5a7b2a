#pragma once

#include <string>

#include "apilab/observe/story.hpp"

namespace apilab::observe {

/// An exchange as one command line for a POSIX shell that asks the same again with curl, safe to
/// paste: whatever stands in the exchange, the shell runs `curl` (behind a `printf` where the body
/// needs it) and nothing else, and curl reads no file that the exchange names. No control character
/// but line ends inside quotes; bytes that are no text and what changes the direction of writing
/// are written in octal.
///
/// What was hidden is a variable of the shell: `"$AUTHORIZATION"` for that header, `"$HEADER_..."`,
/// `"$QUERY_..."` and `"$FORM_..."` for others (never a name that an environment may have by
/// itself: an exchange from elsewhere must not ask for `GITHUB_TOKEN`). A body that was not kept,
/// or only in part, is `"${BODY:?...}"`, at which the shell stops and says so. Hidden members of
/// JSON stay
/// `***`.
///
/// Left out: what curl says itself (`Content-Length`, `Host`, `Connection`, `Transfer-Encoding`),
/// and headers that could not be sent (`valid_field_name`, `valid_field_value`). Redirects are not
/// followed: each hop is an exchange.
///
///     curl_line(exchange);
///     // curl --globoff --path-as-is -H "authorization: $AUTHORIZATION" 'https://h/a?page=2'
[[nodiscard]] std::string curl_line(const Exchange& exchange);

}  // namespace apilab::observe
