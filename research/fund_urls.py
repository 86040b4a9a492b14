"""What a fund's people do beside reading: its people, terms, policy, fees and record. Included at portal/fund/."""

from django.urls import path

from research.views import audit, fees, fund_people, fund_policy, offers, terms

urlpatterns = [
    path("offers/", offers.Offers.as_view(), name="offers"),
    path("offers/<uuid:participation>/", offers.OfferPage.as_view(), name="offer"),
    path("offers/<uuid:participation>/wait/", offers.OfferWait.as_view(), name="offer_wait"),
    path("offers/<uuid:participation>/decline/", offers.OfferDecline.as_view(), name="offer_decline"),
    path("people/", fund_people.FundPeople.as_view(), name="fund_people"),
    path("people/<uuid:person>/", fund_people.PersonPage.as_view(), name="fund_person"),
    path("terms/", terms.FundTerms.as_view(), name="fund_terms"),
    path("terms/<uuid:terms>/", terms.FundTermsOne.as_view(), name="fund_terms_one"),
    path("terms/<uuid:terms>/terms.txt", terms.FundTermsFile.as_view(), name="fund_terms_file"),
    path("fees/", fees.FundFees.as_view(), name="fund_fees"),
    path("fees/<uuid:invoice>/", fees.FundInvoice.as_view(), name="fund_invoice"),
    path("fees/<uuid:invoice>/credit/", fees.FundCredit.as_view(), name="fund_credit"),
    path("policy/", fund_policy.FundPolicyPage.as_view(), name="fund_policy"),
    path("policy/list/", fund_policy.FundPolicyList.as_view(), name="fund_policy_list"),
    path("policy/list/confirm/", fund_policy.FundPolicyConfirm.as_view(), name="fund_policy_confirm"),
    path("policy/<int:version>/", fund_policy.FundPolicyVersion.as_view(), name="fund_policy_version"),
    path("policy/<int:version>/restricted.csv", fund_policy.FundPolicyFile.as_view(), name="fund_policy_file"),
    path("record/", audit.FundRecords.as_view(), name="fund_records"),
    path("record/<uuid:participation>/", audit.FundRecord.as_view(), name="fund_record"),
]
