import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mediation', '0006_soonest'),
    ]

    operations = [
        migrations.AlterField(
            model_name='attendance',
            name='acknowledged_how',
            field=models.CharField(blank=True, choices=[('ACCOUNT', '登录实名账户'), ('LINK_CODE', '专属链接和手机验证码'), ('PHONE_CALL', '拨打登记电话核实'), ('PAPER', '书面答复核实签名盖章'), ('IN_PERSON', '当面核验证件'), ('ACCOUNT_CODE', '登录实名账户和一次性验证码')], max_length=16),
        ),
        migrations.AlterField(
            model_name='attendance',
            name='verified',
            field=models.CharField(blank=True, choices=[('ACCOUNT', '登录实名账户'), ('LINK_CODE', '专属链接和手机验证码'), ('PHONE_CALL', '拨打登记电话核实'), ('PAPER', '书面答复核实签名盖章'), ('IN_PERSON', '当面核验证件'), ('ACCOUNT_CODE', '登录实名账户和一次性验证码')], max_length=16),
        ),
        migrations.CreateModel(
            name='SignedDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(max_length=32)),
                ('code', models.CharField(max_length=19)),
                ('judge', models.CharField(blank=True, max_length=120)),
                ('clerk', models.CharField(blank=True, max_length=120)),
                ('serial', models.CharField(blank=True, max_length=40)),
                ('root', models.CharField(blank=True, max_length=64)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('made_at', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('why', models.CharField(blank=True, max_length=300)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signed_decisions', to='mediation.case')),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision_made', to='mediation.caseevent')),
            ],
            options={
                'verbose_name': '已签裁判文书',
                'verbose_name_plural': '已签裁判文书',
                'indexes': [models.Index(fields=['platform', 'sha256'], name='decision_by_sha256')],
                'constraints': [models.UniqueConstraint(fields=('platform', 'code'), name='decision_code_once')],
            },
        ),
    ]
