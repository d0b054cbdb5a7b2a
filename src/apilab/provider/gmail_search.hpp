#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::provider {

/// The `q` of Gmail's lists (`Gmail::list`): conditions that have to hold together. Dates are sent
/// as seconds since 1970: as days Gmail reads them in Pacific time. Source:
/// developers.google.com/workspace/gmail/api/guides/filtering, support.google.com/mail/answer/7190.
///
///     GmailSearch().from("octo@example.com").subject("weekly report").after(last).q()
///     // from:octo@example.com subject:"weekly report" after:1764201600
class GmailSearch {
public:
    /// More bytes do not fit into a URL beside the rest.
    static constexpr std::size_t size_max = 2048;

    GmailSearch& from(std::string_view who) { return term("from", who); }
    GmailSearch& to(std::string_view who) { return term("to", who); }
    GmailSearch& subject(std::string_view words) { return term("subject", words); }
    /// A label's name; blanks in it become `-`, as Gmail writes them in searches.
    GmailSearch& label(std::string_view name);
    /// Without angle brackets.
    GmailSearch& message_id(std::string_view id) { return term("rfc822msgid", id); }
    GmailSearch& has_attachment();
    GmailSearch& unread();
    /// Exactly these words.
    GmailSearch& phrase(std::string_view words);
    /// Received after, or before, that second.
    GmailSearch& after(SystemTime when);
    GmailSearch& before(SystemTime when);
    GmailSearch& larger_than(std::uint64_t bytes);
    /// None of what `other` says.
    GmailSearch& without(const GmailSearch& other);
    /// One of these at least.
    GmailSearch& any_of(const std::vector<GmailSearch>& searches);

    /// Not percent-encoded; empty: all mail. Errors: `invalid_argument` for a value that is empty,
    /// or holds a control character or `"` (which Gmail cannot be asked for), and beyond
    /// `size_max`.
    [[nodiscard]] Result<std::string> q() const;

private:
    GmailSearch& term(std::string_view name, std::string_view value);
    GmailSearch& append(std::string_view text);
    void take_error(const GmailSearch& other);
    std::string text_;
    /// The first thing that was wrong.
    std::string wrong_;
};

}  // namespace apilab::provider
