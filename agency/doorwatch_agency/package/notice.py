"""The sentences that people read before they share, by their key in a notice."""

LANGUAGES = {"de": "German", "en": "English", "es": "Spanish", "fr": "French"}
# The English texts of the sharing dialog.
SENTENCES = {
    "internet_address": "The agency will see your internet address.",
    "only_agency_opens": "What is sent is encrypted. Only the agency can open it.",
    "sound_on": "Audio is included. Voices can be heard.",
    "sound_off": "Audio is off. The clip goes without it.",
    "picture_made_anew": "Areas of the image are covered. The video was re-encoded for"
    " that.",
    "labels_go_along": "What the camera reports is included. No one checked it.",
    "said_to_belong": "The clip doesn't match the area or time of this request. You say"
    " that it still belongs.",
    "declaration_goes_along": "A draft declaration is included. No one has signed it.",
    "others_visible": "Other people might be visible in the clip.",
    "cannot_be_recalled": "Copies can't be recalled once they're sent.",
    "administrators_see": "Every administrator of this home can see that you shared.",
    "not_compared": "The agency's fingerprint was never compared with a printed one.",
    "by_hand": "Nothing is sent. You download the package, and upload it on the agency's"
    " page yourself.",
    "page_not_verified": "The agency published no signed details, so no one can tell from"
    " here who is behind the page.",
    "no_terms": "It's unknown how long the agency keeps the clip, and who it gives it to.",
    "not_encrypted": "The package isn't encrypted. Anyone who gets hold of it can watch"
    " it.",
    "page_sees_you": "The page will see the internet address of the device you open it"
    " on.",
    "out_of_hands": "Your home can't withdraw it afterwards, and gets no receipt.",
}
