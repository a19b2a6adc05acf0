#pragma once

#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/repository.h"
#include "base/result.h"

namespace shoal::mirror {

// The tag under which registries without a list of referrers keep one: "sha256-<hex>".
// Source  OCI distribution-spec 1.1, "Referrers Tag Schema": the digest cut to 64 digits.
Tag referrers_tag(const Digest& subject);

// The list of referrers of content that has none.
std::string no_referrers();

// `index` as it is where `artifact_type` is empty; else with only the manifests of that type.
// Errors  protocol: not an image index, or nested too deep.
Result<std::string> filter_referrers(std::string index, std::string_view artifact_type);

}  // namespace shoal::mirror
