#include "apilab/base/scrubber.hpp"

#include <algorithm>
#include <utility>

#include "apilab/base/internal/pattern_tree.hpp"
#include "apilab/base/internal/secret_forms.hpp"
#include "apilab/base/internal/secret_matcher.hpp"

namespace apilab {

namespace internal {

struct SecretIndex {
    PatternTree tree;
    /// Of the values, by their owner's number.
    std::vector<std::string> fingerprints;
};

}  // namespace internal

namespace {

using internal::SecretIndex;
using internal::SecretMatcher;
using internal::SecretPlace;

constexpr std::string_view stars = "***";

// Those of a whole text that overlap or touch are one.
std::vector<SecretPlace> places_in(const SecretIndex& index, std::string_view text) {
    SecretMatcher matcher(index.tree);
    matcher.read(text);
    matcher.finish();
    auto& found = matcher.places();
    std::ranges::sort(found, {}, &SecretPlace::from);
    std::vector<SecretPlace> places;
    for (const SecretPlace& place : found) {
        if (!places.empty() && place.from <= places.back().to) {
            places.back().to = std::max(places.back().to, place.to);
        } else {
            places.push_back(place);
        }
    }
    return places;
}

}  // namespace

Scrubber::Scrubber() : Scrubber(Limits()) {}
Scrubber::Scrubber(Limits limits) : limits_(limits) {}
Scrubber::~Scrubber() = default;

Scrubber& Scrubber::of_process() {
    static Scrubber scrubber;
    return scrubber;
}

Scrubber::Added Scrubber::add(const Secret& value) {
    return add(value, false);
}

Scrubber::Added Scrubber::add_passing(const Secret& value) {
    return add(value, true);
}

Scrubber::Added Scrubber::add(const Secret& value, bool passing) {
    const auto size = value.reveal().size();
    if (size < value_min) {
        return Added::too_short;
    }
    if (size > limits_.bytes_max) {
        return Added::too_long;
    }
    const std::scoped_lock lock(mutex_);
    if (std::ranges::find(values_, value, &Known::value) != values_.end()) {
        return Added::yes;
    }
    values_.push_back({value, passing});
    bytes_ += size;
    passing_ += passing ? 1 : 0;
    if (passing_ > limits_.passing_max) {
        forget(true);
    }
    while (values_.size() > limits_.values_max || bytes_ > limits_.bytes_max) {
        forget(passing_ > (passing ? 1U : 0U));  // not the one that has just come
    }
    count_ = values_.size();
    index_.reset();
    return Added::yes;
}

// The oldest of its kind.
void Scrubber::forget(bool passing) {
    const auto oldest = std::ranges::find(values_, passing, &Known::passing);
    if (oldest == values_.end()) {
        return forget(!passing);
    }
    bytes_ -= oldest->value.reveal().size();
    passing_ -= passing ? 1 : 0;
    values_.erase(oldest);
}

std::shared_ptr<const SecretIndex> Scrubber::index() const {
    const std::scoped_lock lock(mutex_);
    if (!index_) {
        auto index = std::make_shared<SecretIndex>();
        for (const Known& known : values_) {
            internal::add_secret_forms(index->tree, known.value.reveal(),
                                       static_cast<std::uint32_t>(index->fingerprints.size()));
            index->fingerprints.push_back(known.value.fingerprint());
        }
        index->tree.finish();
        index_ = std::move(index);
    }
    return index_;
}

std::string Scrubber::scrubbed(std::string_view text) const {
    std::string out(text);
    scrub(out);
    return out;
}

void Scrubber::scrub(std::string& text) const {
    if (empty()) {
        return;
    }
    const auto places = places_in(*index(), text);
    if (places.empty()) {
        return;
    }
    std::string out;
    std::size_t at = 0;
    for (const SecretPlace& place : places) {
        out.append(text, at, place.from - at).append(stars);
        at = place.to;
    }
    text = out.append(text, at);
}

std::vector<Scrubber::Place> Scrubber::find(std::string_view text) const {
    std::vector<Place> found;
    if (empty()) {
        return found;
    }
    const auto known = index();
    for (const SecretPlace& place : places_in(*known, text)) {
        found.push_back({.offset = place.from,
                         .size = place.to - place.from,
                         .fingerprint = known->fingerprints[place.owner]});
    }
    return found;
}

ScrubbedStream::ScrubbedStream(const Scrubber& scrubber, Sink sink)
    : scrubber_(scrubber), sink_(std::move(sink)) {}

ScrubbedStream::~ScrubbedStream() {
    flush();
}

void ScrubbedStream::begin_anew(std::shared_ptr<const SecretIndex> index) {
    index_ = std::move(index);
    matcher_ = std::make_unique<SecretMatcher>(index_->tree, out_);
    matcher_->read(held_);
}

void ScrubbedStream::write(std::string_view text) {
    if (scrubber_.empty()) {
        sink_(text);
        return;
    }
    if (auto index = scrubber_.index(); index != index_) {
        begin_anew(std::move(index));
    }
    held_ += text;
    matcher_->read(text);
    release(matcher_->undecided());
}

void ScrubbedStream::flush() {
    if (matcher_) {
        matcher_->finish();
        release(out_ + held_.size());
        matcher_.reset();
        index_.reset();
        hidden_until_.reset();
    }
}

// What is before `limit` is decided.
void ScrubbedStream::release(std::uint64_t limit) {
    auto& places = matcher_->places();
    std::ranges::sort(places, {}, &SecretPlace::from);
    const auto undecided = std::ranges::partition_point(
        places, [&](const SecretPlace& place) { return place.from < limit; });
    std::string shown;
    auto at = std::max(out_, hidden_until_.value_or(out_));  // the first byte that may be seen
    for (auto place = places.begin(); place != undecided; ++place) {
        if (!hidden_until_ || place->from > *hidden_until_) {
            shown.append(held_, at - out_, place->from - at).append(stars);
        }
        hidden_until_ = std::max(place->to, hidden_until_.value_or(0));
        at = std::max(at, *hidden_until_);
    }
    places.erase(places.begin(), undecided);
    if (limit > at) {
        shown.append(held_, at - out_, limit - at);
    }
    held_.erase(0, limit - out_);
    out_ = limit;
    if (!shown.empty()) {
        sink_(shown);
    }
}

}  // namespace apilab
