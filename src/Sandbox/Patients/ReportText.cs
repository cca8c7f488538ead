using System.Globalization;
using System.Text;

namespace MimicCxr.Sandbox.Patients;

/// <summary>Writes the report of a study: its labels in plain sentences, in the form of the real reports.</summary>
internal static class ReportText
{
    private static readonly string[] Subjects =
    [
        "atelectasis at the lung bases", "cardiomegaly", "focal consolidation", "pulmonary edema", "widening of the mediastinum",
        "acute fracture", "pulmonary nodule", "parenchymal opacity", "", "pleural effusion", "pleural thickening", "pneumonia",
        "pneumothorax", "",
    ];

    /// <summary>The text, with line feeds.</summary>
    public static string Write(Study study)
    {
        var text = new StringBuilder()
            .Append("                                 FINAL REPORT\n")
            .Append(CultureInfo.InvariantCulture, $" EXAMINATION:  {study.Procedure}\n \n")
            .Append(" INDICATION:  ___ year old invented patient, synthetic report of mimic-cxr's sandbox.\n \n")
            .Append(study.Portable ? " TECHNIQUE:  Portable AP view of the chest\n \n" : " TECHNIQUE:  Chest PA and lateral\n \n")
            .Append(" COMPARISON:  None.\n \n FINDINGS: \n \n");

        var positive = new List<string>();
        for (var i = 0; i < Subjects.Length; i++)
        {
            if (Subjects[i].Length == 0)
            {
                continue;
            }

            switch (study.Labels[i])
            {
                case LabelValue.Positive:
                    positive.Add(Subjects[i]);
                    text.Append(CultureInfo.InvariantCulture, $" There is {Subjects[i]}.\n");
                    break;
                case LabelValue.Negative:
                    text.Append(CultureInfo.InvariantCulture, $" There is no {Subjects[i]}.\n");
                    break;
                case LabelValue.Uncertain:
                    text.Append(CultureInfo.InvariantCulture, $" There may be {Subjects[i]}.\n");
                    break;
            }
        }

        if (study.Labels[Findings.SupportDevices] == LabelValue.Positive)
        {
            text.Append(" A support device is in unchanged position.\n");
        }

        if (study.Labels[Findings.NoFinding] == LabelValue.Positive)
        {
            text.Append(" The lungs are clear. The heart size is normal.\n");
        }

        text.Append(" \n IMPRESSION: \n \n ");
        text.Append(positive.Count == 0 ? "No acute cardiopulmonary process" : "Findings: " + string.Join(", ", positive));
        return text.Append(".\n").ToString();
    }
}
